/** Free text in log order: the simplest machine, and the window through which replication is checked from outside. */
import * as z from "zod";
import { command, defineMachine, query } from "./machine.ts";

/** Characters of one record. */
export const MAX_TEXT = 100_000;
/** Records kept; the oldest go first. Bounds the memory of a node: the log itself keeps all. */
export const MAX_RECORDS = 100_000;

const JournalRecord = z.object({
  /** Of the log entry that carried it. */
  index: z.int(),
  /** Milliseconds since the epoch, by the leader's clock. */
  time: z.int(),
  text: z.string(),
  /** Who sent it, as told by the sender; may be empty. */
  source: z.string(),
});
export type JournalRecord = Readonly<z.infer<typeof JournalRecord>>;

interface JournalState {
  readonly records: JournalRecord[];
  /** How many records were ever appended. records.length <= appended */
  appended: number;
}

const Append = z.object({ text: z.string().max(MAX_TEXT), source: z.string().max(1000) });
const Read = z.object({
  /** At most so many, the newest. */
  limit: z.int().min(1).max(MAX_RECORDS),
});

export const journal = defineMachine({
  name: "journal",
  initial: (): JournalState => ({ records: [], appended: 0 }),
  snapshots: {
    // Records are never changed: the list of them is all there is to copy.
    capture: ({ records, appended }) => [{ appended }, ...records],
    restore: (values) => {
      const [head, ...records] = values;
      return {
        appended: z.object({ appended: z.int() }).parse(head).appended,
        records: z.array(JournalRecord).parse(records),
      };
    },
  },
  commands: {
    append: command(
      Append,
      (state: JournalState, { text, source }, { now, index }) => {
        state.records.push({ index, time: now, text, source });
        state.appended += 1;
        // Trimmed by the tenth, so that dropping the oldest costs little per record.
        if (state.records.length > MAX_RECORDS * 1.1) state.records.splice(0, state.records.length - MAX_RECORDS);
        return { index };
      },
      // Takes part in transactions, and is in nobody's way.
      { keys: () => [] },
    ),
  },
  queries: {
    read: query(Read, (state: JournalState, { limit }) => ({
      records: state.records.slice(-limit),
      appended: state.appended,
    })),
  },
});
