/** Known bugs, planted from outside: around the disk, the messages and the answers of replicas that are themselves sound. */
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import type { Message } from "../../consensus-nodes/raft/message.ts";
import type { LogStorage } from "../../consensus-nodes/replica/log-storage.ts";
import type { ReplicaQuery } from "../../consensus-nodes/replica/pending-queries.ts";
import type { BatchOutcome } from "../../consensus-nodes/wire/batch.ts";
import type { OpenLog } from "./log-disk.ts";
import type { World } from "./world.ts";

/** Where a bug can sit; each passes on what it is given, when there is none. */
export class PlantedBug {
  storage(log: OpenLog, _name: string, _world: World): LogStorage {
    return log;
  }

  send(_group: string, message: Message, _world: World): Message {
    return message;
  }

  receive(_group: string, message: Message, _world: World): Message {
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
