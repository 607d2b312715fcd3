/**
 * The journal: texts in the order of the log. With a source of its own for each key, and reads that keep that source's
 * records only, one journal serves many keys; `appended`, which counts all sources, is then left out.
 */
import type { Model } from "../model.ts";

export interface JournalEntry {
  readonly text: string;
  /** Of the log entry; left out when the answer does not tell. */
  readonly index?: number | undefined;
}

export type JournalInput =
  | { readonly name: "append"; readonly text: string }
  /** At most so many, the newest. Of one source among several: as many as there can be. */
  | { readonly name: "read"; readonly limit: number };

export type JournalOutput =
  | { readonly name: "appended"; readonly index?: number | undefined }
  | { readonly name: "records"; readonly records: readonly JournalEntry[]; readonly appended?: number | undefined };

interface JournalState {
  readonly records: readonly JournalEntry[];
  /** The highest that an append was answered with. */
  readonly index: number;
}

export const journal: Model<JournalState, JournalInput, JournalOutput> = {
  initial: { records: [], index: 0 },
  step(state, input, output) {
    switch (input.name) {
      case "append": {
        if (output !== undefined && output.name !== "appended") return undefined;
        const index = output?.index;
        // Equal for those that one entry of the log carries.
        if (index !== undefined && index < state.index) return undefined;
        const records = [...state.records, { text: input.text, index }];
        return { records, index: index ?? state.index };
      }
      case "read": {
        if (output === undefined) return state;
        if (output.name !== "records") return undefined;
        if (output.appended !== undefined && output.appended !== state.records.length) return undefined;
        const expected = state.records.slice(-input.limit);
        const fits = output.records.length === expected.length && output.records.every(fitsAt(expected));
        return fits ? state : undefined;
      }
    }
  },
  stateKey: ({ records, index }) => JSON.stringify([index, ...records.map((record) => [record.text, record.index])]),
  readOnly: ({ name }) => name === "read",
  describe(input, output) {
    if (input.name === "append") {
      const answer = output?.name === "appended" ? `index ${output.index ?? "untold"}` : "?";
      return `append ${JSON.stringify(input.text)} -> ${answer}`;
    }
    if (output?.name !== "records") return `read ${input.limit} -> ?`;
    const texts = output.records.map(({ text, index }) => `${index === undefined ? "" : `${index}:`}${text}`);
    return `read ${input.limit} -> ${JSON.stringify(texts)}`;
  },
};

/** An index that either side does not know fits any. */
function fitsAt(expected: readonly JournalEntry[]): (record: JournalEntry, place: number) => boolean {
  return ({ text, index }, place) => {
    const entry = expected[place];
    if (entry === undefined || entry.text !== text) return false;
    return index === undefined || entry.index === undefined || entry.index === index;
  };
}
