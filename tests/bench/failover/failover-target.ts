/** A cluster of three whose leader is put down while clients write. */
import type { Protocol } from "../load/protocol.ts";

export interface FailoverTarget {
  /** As in the table. */
  readonly name: string;
  /** Why it cannot be measured on this machine; undefined when it can. */
  missing(): string | undefined;
  /** Starts it anew, with nothing stored. `parent`: where its data goes. */
  start(parent: string): Promise<FailoverCluster>;
}

export interface Group {
  readonly name: string;
  readonly leader: number;
  readonly term: number;
}

/** A cluster that is well. */
export interface Survey {
  /** The group that is written to. */
  readonly written: Group;
  /** All, that one included. */
  readonly groups: readonly Group[];
}

export interface FailoverCluster {
  /** Undefined unless all nodes are up, agree on who leads, and have applied what there is. */
  survey(): Promise<Survey | undefined>;
  /** Where clients write that are to outlive `leader`, in turn. */
  doors(leader: number): readonly { readonly port: number; readonly protocol: Protocol }[];
  /** kill -9. It is started again about 100 ms later, by whoever looks after its kind. */
  kill(node: number): Promise<void>;
  /** Asked to end, and then started again. Resolves when it is started. */
  stop(node: number): Promise<void>;
  /** Ends its processes and removes its data. */
  end(): Promise<void>;
}

export const NODES = 3;
/** Entries of the log that a node may lack and still count as up to date, for clients write all the while. */
export const BEHIND_ENTRIES = 100;
