/** Bugs of snapshots, and of nodes that lost their disks. */
import type { Snapshot } from "../../../consensus-nodes/replica/snapshots/snapshot-storage.ts";
import type { SimulatedNode } from "../simulated-node.ts";
import { PlantedBug } from "./planted-bug.ts";

export class SessionsLost extends PlantedBug {
  override snapshot({ head, values }: Snapshot): Snapshot {
    const all = [...values];
    const end = all.findIndex((value) => JSON.stringify(value) === '{"part":"keyed"}');
    return { head, values: [all[0], ...all.slice(end)] };
  }
}

/** State and index are not of one moment: the index is that of the entry before. */
export class IndexApart extends PlantedBug {
  override snapshot({ head, values }: Snapshot): Snapshot {
    return { head: { ...head, index: head.index - 1 }, values };
  }
}

/** Who came back with an empty disk under its old id votes as before. */
export class EmptyDiskVotes extends PlantedBug {
  override isFounder({ wasFounder }: SimulatedNode): boolean {
    return wasFounder;
  }
}
