/** Known bugs are planted from outside: around the disk, the messages, the machines and the answers of replicas that are sound. */
import type { CoreChannel } from "../../../consensus-nodes/client/core-channel.ts";
import type { Machine } from "../../../consensus-nodes/machines/machine.ts";
import type { Message } from "../../../consensus-nodes/raft/message.ts";
import type { LogStorage } from "../../../consensus-nodes/replica/log-storage.ts";
import type { ReplicaQuery } from "../../../consensus-nodes/replica/pending-queries.ts";
import type { Snapshot } from "../../../consensus-nodes/replica/snapshots/snapshot-storage.ts";
import type { BatchOutcome } from "../../../consensus-nodes/wire/batch.ts";
import type { OpenLog } from "../log-disk.ts";
import type { SimulatedNode } from "../simulated-node.ts";
import type { World } from "../world.ts";

/** Where a bug can sit; without one, everything is passed on as it is. */
export class PlantedBug {
  /** Whether the node takes itself for a member of the groups as they were founded. */
  isFounder(node: SimulatedNode): boolean {
    return node.founder;
  }

  /** Of another node, or of this one at a start. */
  snapshot(snapshot: Snapshot): Snapshot {
    return snapshot;
  }

  machine(machine: Machine): Machine {
    return machine;
  }

  /** @param name of a group, or of the node's own log. */
  storage(log: OpenLog, _name: string, _world: World): LogStorage {
    return log;
  }

  send(_group: string, message: Message, _world: World): Message {
    return message;
  }

  /** @param log of the node that receives it. */
  receive(_group: string, message: Message, _log: OpenLog, _world: World): Message {
    return message;
  }

  /** As it comes from a client. */
  batch(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  outcome(outcome: BatchOutcome): BatchOutcome {
    return outcome;
  }

  query(query: ReplicaQuery): ReplicaQuery {
    return query;
  }

  /** A node's way to the groups. */
  channel(channel: CoreChannel): CoreChannel {
    return channel;
  }
}
