/**
 * Clients that write once and go, one after the other, whatever became of those before: as soon as writes succeed again, one of
 * them shows it, though all who had asked earlier may still wait for an answer that is lost.
 */
import { Connection } from "./connection.ts";
import type { Protocol } from "./protocol.ts";

/** From one to the next: how exactly the end of an outage is seen. */
const EVERY_MS = 10;
/** That wait at once; beyond, none comes. */
const MAX_WAITING = 1_000;

export class Newcomers {
  /** By performance.now(), of successes. Bounded by the length of a trial. */
  readonly times: number[] = [];
  readonly #waiting = new Set<Connection>();
  readonly #timer: NodeJS.Timeout;

  /** @param doors taken in turn */
  constructor(doors: readonly { readonly port: number; readonly protocol: Protocol }[]) {
    let count = 0;
    this.#timer = setInterval(() => {
      const door = doors[count++ % doors.length];
      if (door !== undefined && this.#waiting.size < MAX_WAITING) this.#come(door.port, door.protocol);
    }, EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const connection of this.#waiting) connection.close();
  }

  #come(port: number, protocol: Protocol): void {
    const go = () => {
      connection.close();
      this.#waiting.delete(connection);
    };
    const connection = new Connection(port, protocol, {
      succeeded: () => {
        this.times.push(performance.now());
        connection.stop();
        go();
      },
      failed: () => {
        connection.stop();
        go();
      },
    });
    this.#waiting.add(connection);
  }
}
