/** A new client that wants one write and one read of every group, and asks until it has them. */
import type { Machine } from "../../consensus-nodes/machines/machine.ts";
import { SimulatedClient } from "./simulated-client.ts";
import type { World } from "./world.ts";

const TIMEOUT = 1000;

interface Wanted {
  readonly name: string;
  readonly input: unknown;
}

const probes: Readonly<Record<string, { readonly write: Wanted; readonly read: Wanted }>> = {
  registers: {
    write: { name: "write", input: { register: "probe", value: "v" } },
    read: { name: "read", input: { register: "probe" } },
  },
  journal: {
    write: { name: "append", input: { text: "probe", source: "probe" } },
    read: { name: "read", input: { limit: 1 } },
  },
  queue: {
    write: { name: "clear", input: { room: "probe" } },
    read: { name: "list", input: { room: "probe" } },
  },
  transactions: {
    write: { name: "inquire", input: { id: "probe" } },
    read: { name: "show", input: { id: "probe" } },
  },
  branch: {
    write: { name: "move", input: { from: "a18", to: "a19", amount: 1 } },
    read: { name: "state", input: {} },
  },
};

export class Probe {
  readonly #world: World;
  readonly #client: SimulatedClient;
  readonly #missing = new Set<string>();

  constructor(world: World, number: number) {
    this.#world = world;
    this.#client = new SimulatedClient(number, world);
    for (const machine of world.settings.machines) this.#probe(machine);
  }

  get missing(): string | undefined {
    const [missing] = this.#missing;
    return missing;
  }

  #probe({ name: group }: Machine): void {
    const probe = probes[group.replace(/-\d+$/, "")];
    if (probe === undefined) throw new Error(`no probe for ${group}`);
    for (const wanted of [probe.write, probe.read]) {
      this.#missing.add(`${group}.${wanted.name}`);
      this.#client.run(() => this.#ask(group, wanted));
    }
  }

  #ask(group: string, wanted: Wanted): void {
    this.#client
      .call({ group, ...wanted, timeout: TIMEOUT })
      .then((reply) => {
        // A lock is an answer too: the group is served.
        const served = reply.ok || reply.failure.kind === "Conflict";
        if (served) this.#missing.delete(`${group}.${wanted.name}`);
        else this.#ask(group, wanted);
      })
      .catch(this.#world.fail);
  }
}
