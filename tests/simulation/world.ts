/** What the parts of one run have in common. */
import type { NodeId } from "../../consensus-nodes/raft/message.ts";
import type { Schedule } from "../consensus/raft/harness/schedule.ts";
import type { Network } from "./network.ts";
import type { PlantedBug } from "./planted/planted-bug.ts";
import type { RunTrace } from "./run-trace.ts";
import type { Settings } from "./settings.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { Server, StreamWorld } from "./stream-link.ts";
import type { Witness } from "./witness/witness.ts";

export interface World extends StreamWorld {
  readonly settings: Settings;
  readonly schedule: Schedule;
  readonly network: Network;
  readonly trace: RunTrace;
  readonly witness: Witness;
  readonly planted: PlantedBug;
  readonly nodes: readonly SimulatedNode[];
  /** Of all nodes, spare ones too. */
  readonly ids: readonly NodeId[];
  /** That the groups are founded with. */
  readonly founders: readonly NodeId[];
  server(node: NodeId): Server;
  /** What runs now may settle promises: what waits for them has its turn before the next event. */
  touched(): void;
  /** Ends the run. */
  readonly fail: (error: unknown) => void;
  /** Something worth a line in the summary. */
  count(what: string): void;
  /** The process of the node ended. */
  ended(node: NodeId): void;
  becameLeader(node: NodeId): void;
  /** A step of a transaction was reached on the node. */
  reached(step: string, node: SimulatedNode): void;
}

/** A promise that was broken. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Violation";
  }
}
