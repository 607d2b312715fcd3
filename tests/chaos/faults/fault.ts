/** One way to go wrong. */
import type { Random } from "../../consensus/raft/harness/random.ts";
import type { ChaosStack } from "../chaos-stack.ts";

export interface FaultContext {
  readonly stack: ChaosStack;
  readonly random: Random;
  /** Nodes that no other fault is at work on. */
  readonly free: readonly number[];
  /** Nodes that have lost their disk and take no part. */
  readonly lost: Set<number>;
}

/** A fault that has happened: whoever made it has seen that it did. */
export interface Injected {
  /** For the report: `node 3`, `0,1 | 2,3,4`. */
  readonly what: string;
  /** No other fault touches them meanwhile. */
  readonly nodes: readonly number[];
  /** Ends it. @throws {Error} when it did not do while it lasted what it should. */
  heal(): Promise<void>;
}

export interface Fault {
  readonly kind: string;
  /** Milliseconds for which it lasts, at least and at most. */
  readonly lasts: readonly [number, number];
  /** To other faults: how often it is drawn. */
  readonly weight: number;
  /** How many nodes it needs that nothing else is at work on. */
  readonly needs: number;
  /** Why it cannot be had on this machine, or no more in this run; undefined when it can. */
  missing(context: Omit<FaultContext, "free">): string | undefined;
  /** @throws {Error} when it did not happen. */
  inject(context: FaultContext): Promise<Injected>;
}

/** A node to suffer: often one that leads, as most goes wrong there. */
export async function victim({ stack, random, free }: FaultContext): Promise<number> {
  const leader = random.chance(0.5) ? await stack.leader(random.pick(["queue", "journal", "transactions"])) : undefined;
  return leader !== undefined && free.includes(leader) ? leader : random.pick(free);
}

/** So many different ones. */
export function several({ random, free }: FaultContext, count: number): number[] {
  const left = [...free];
  return Array.from({ length: count }, () => {
    const [taken] = left.splice(random.integer(0, left.length - 1), 1);
    if (taken === undefined) throw new Error(`there are not ${count} nodes free`);
    return taken;
  });
}
