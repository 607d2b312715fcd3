/** Sees everything that happens in a run. */
import type { Machine } from "../../../consensus-nodes/machines/machine.ts";
import type { NodeId } from "../../../consensus-nodes/raft/message.ts";
import type { LogDisk } from "../log-disk.ts";
import { GroupWitness } from "./group-witness.ts";
import { TransactionWitness } from "./transaction-witness.ts";

export class Witness {
  readonly groups: ReadonlyMap<string, GroupWitness>;
  readonly transactions = new TransactionWitness();

  constructor(machines: readonly Machine[], founders: readonly NodeId[], disks: (group: string) => readonly LogDisk[]) {
    this.groups = new Map(
      machines.map((machine) => [
        machine.name,
        new GroupWitness(machine, founders, disks(machine.name), (state, batch, outcomes) =>
          this.transactions.applied(machine.name, state, batch, outcomes),
        ),
      ]),
    );
  }

  group(name: string): GroupWitness {
    const group = this.groups.get(name);
    if (group === undefined) throw new Error(`there is no group ${name}`);
    return group;
  }
}
