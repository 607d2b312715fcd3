import { z } from "zod";
import { type JournalInput, type JournalOutput, journal } from "../../linearizability/models/journal.ts";
import { RecordedLoad, type RecordedLoadOptions } from "./recorded-load.ts";

/** A source each: what is of another is nothing to a key. */
const KEYS = ["p", "q"];
/** More than a run makes. */
const ALL = 10_000;
const Appended = z.object({ index: z.int() });
const Records = z.object({ records: z.array(z.object({ index: z.int(), text: z.string(), source: z.string() })) });

type Options<State> = Pick<RecordedLoadOptions<State, JournalInput, JournalOutput>, "world" | "clients" | "random">;

export function journalLoad(options: Options<unknown>) {
  return new RecordedLoad({
    ...options,
    group: "journal",
    model: journal,
    keys: KEYS,
    draw: (random, text): JournalInput =>
      random.chance(0.3) ? { name: "read", limit: ALL } : { name: "append", text },
    request: (source, input) =>
      input.name === "append"
        ? { name: "append", input: { text: input.text, source } }
        : { name: "read", input: { limit: ALL } },
    read: (key, { name }, value): JournalOutput => {
      if (name === "append") return { name: "appended", index: Appended.parse(value).index };
      const records = Records.parse(value).records.filter(({ source }) => source === key);
      return { name: "records", records: records.map(({ index, text }) => ({ index, text })) };
    },
  });
}
