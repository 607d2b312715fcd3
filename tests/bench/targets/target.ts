/** Something that takes adds, and is measured. */
import type { Protocol } from "../load/protocol.ts";

export const TARGETS = ["ours", "etcd", "echo", "redis"] as const;

export const RUNTIMES = ["node", "workerd"] as const;
export type Runtime = (typeof RUNTIMES)[number];

export interface Target {
  /** As in `--only`. */
  readonly kind: (typeof TARGETS)[number];
  /** As in the table. */
  readonly name: string;
  /** Of the functions, of ours. */
  readonly runtime?: Runtime;
  /** Nodes of its cluster; null when it is one process anyway. */
  readonly nodes: number | null;
  /** Why it cannot be measured on this machine; undefined when it can. */
  missing(): string | undefined;
  /** Starts it anew, with nothing stored. `parent`: where its data goes. */
  start(parent: string): Promise<RunningTarget>;
}

export interface RunningTarget {
  /** Where and how the next load goes. */
  load(): Promise<{ readonly port: number; readonly protocol: Protocol }>;
  /** Ends its processes and removes its data. */
  end(): Promise<void>;
}
