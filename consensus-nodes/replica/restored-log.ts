/**
 * What a log and the newest snapshot, found side by side at the start, mean for Raft. A snapshot of its own never goes beyond
 * what a node has in its log; one that was fetched does, until the log begins anew after it. When the power goes in between, the
 * log that is found ends before the snapshot does, or has another entry there: it is worth nothing any more.
 */
import { decodeConfiguration, type PlacedConfiguration } from "../raft/membership.ts";
import type { RestoredLog } from "../raft/raft.ts";
import type { LogStorage, TermRun } from "./log-storage.ts";

export interface Restored {
  readonly log: RestoredLog;
  /** To be written, for the storage holds another log. */
  readonly restart: TermRun | undefined;
}

/** @param covered the last entry that the newest snapshot holds the effects of @param placed the configuration as of that one */
export function restoreLog(storage: LogStorage, covered: TermRun | undefined, placed: PlacedConfiguration): Restored {
  const { base } = storage;
  const configuration = { configuration: placed.configuration, configurationIndex: placed.index };
  if (covered !== undefined && covered.index > base.index && termAt(storage, covered.index) !== covered.term) {
    const { term, vote } = storage.hardState;
    // Of a term that is not on this disk, no vote was told.
    const hardState = term < covered.term ? { term: covered.term, vote: null } : { term, vote };
    const { index } = covered;
    const log = { hardState, base: covered, commit: index, ...configuration, configurations: [], terms: [], sizes: [] };
    return { log, restart: covered };
  }
  const log = {
    hardState: storage.hardState,
    base,
    commit: Math.max(base.index, covered?.index ?? 0),
    ...configuration,
    configurations: storage.configurations.flatMap((index) =>
      storage.read(index, index, 1).map(({ data }) => ({ index, configuration: decodeConfiguration(data) })),
    ),
    terms: storage.terms,
    sizes: storage.entrySizes(),
  };
  return { log, restart: undefined };
}

function termAt({ terms, lastIndex }: LogStorage, index: number): number | undefined {
  return index > lastIndex ? undefined : terms.findLast((run) => run.index <= index)?.term;
}
