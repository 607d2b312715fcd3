import * as z from "zod";
import type { Operation } from "../../linearizability/history.ts";
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
    simplify: settle,
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

type Operations = readonly Operation<JournalInput, JournalOutput>[];

/**
 * What an append without an answer came to, as far as reads, which give all there is, tell: seen, it was done by the end of the
 * first read that saw it, at the index that this tells; never seen, it can only have come after the last one.
 */
function settle(history: Operations): Operations {
  const seen = new Map<string, { readonly end: number; readonly index: number | undefined }>();
  for (const { key, output, return: end } of history) {
    if (output?.name !== "records" || end === undefined) continue;
    for (const { text, index } of output.records) {
      const name = `${key} ${text}`;
      if (end < (seen.get(name)?.end ?? Number.POSITIVE_INFINITY)) seen.set(name, { end, index });
    }
  }
  return history.flatMap((operation) => {
    const { key, input, output } = operation;
    if (output !== undefined || input.name !== "append") return [operation];
    const found = seen.get(`${key} ${input.text}`);
    if (found === undefined) return [];
    // Before its call it cannot have been seen: what is wrong stays wrong.
    const end = Math.max(found.end, operation.call);
    return [{ ...operation, return: end, output: { name: "appended" as const, index: found.index } }];
  });
}
