/** Redis's protocol as far as SET needs it: an array of bulk strings goes out, `+OK` or `-ERR …` comes back. */
import type { Protocol } from "./protocol.ts";

const END_OF_LINE = Buffer.from("\r\n");

export function respProtocol(command: (sequence: number) => readonly string[]): Protocol {
  return {
    request(sequence) {
      const words = command(sequence);
      return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
    },
    answer(received) {
      const lineEnd = received.indexOf(END_OF_LINE);
      if (lineEnd < 0) return undefined;
      const failure = received[0] === 0x2b ? undefined : received.toString("latin1", 0, Math.min(lineEnd, 60));
      return { length: lineEnd + END_OF_LINE.length, failure };
    },
  };
}
