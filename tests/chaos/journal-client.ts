/** Clients of the journal: they append under a source of their own, and read that source's records. */
import * as z from "zod";
import type { Random } from "../consensus/raft/harness/random.ts";
import type { Outcome, RecordingClient } from "../linearizability/history-recorder.ts";
import type { JournalInput, JournalOutput } from "../linearizability/models/journal.ts";
import type { HttpClient } from "./http-client.ts";
import { outcomeOf } from "./outcome-of.ts";

/** More than what one source and those around it append: all of its records are among them. */
export const READ_LIMIT = 1000;
const READS = 0.2;

const Appended = z.object({ index: z.int() });
const Read = z.object({ records: z.array(z.object({ index: z.int(), text: z.string(), source: z.string() })) });

let made = 0;

export function drawInput(random: Random): JournalInput {
  return random.chance(READS) ? { name: "read", limit: READ_LIMIT } : { name: "append", text: `text ${++made}` };
}

export function carryOut(
  input: JournalInput,
  source: string,
  client: HttpClient,
  recording: RecordingClient<JournalInput, JournalOutput>,
): Promise<Outcome<JournalOutput>> {
  return recording.record(source, input, async () => {
    if (input.name === "append") {
      const answer = await client.send({ method: "POST", path: "/journal", json: { text: input.text, source } });
      return outcomeOf(answer, (status, body) =>
        status === 200 ? { name: "appended", index: Appended.parse(body).index } : undefined,
      );
    }
    const answer = await client.send({ method: "GET", path: `/journal?limit=${input.limit}` });
    return outcomeOf(answer, (status, body) => {
      if (status !== 200) return undefined;
      const records = Read.parse(body).records.filter((record) => record.source === source);
      return { name: "records", records: records.map(({ text, index }) => ({ text, index })) };
    });
  });
}
