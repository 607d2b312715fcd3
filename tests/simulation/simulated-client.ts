/** A process like the gateway: it holds the real client of the core, and callers who use it. */

import type { CoreCall, CoreReply } from "../../consensus-nodes/client/core-channel.ts";
import { CoreClient } from "../../consensus-nodes/client/core-client.ts";
import { clientRuntime } from "./client-runtime.ts";
import { type Process, StreamLink } from "./stream-link.ts";
import type { World } from "./world.ts";

/** Clients' ids on the network begin here. */
export const FIRST_CLIENT = 100;

export class SimulatedClient implements Process {
  readonly id: number;
  readonly #world: World;
  readonly #core: CoreClient;

  constructor(number: number, world: World) {
    this.id = FIRST_CLIENT + number;
    this.#world = world;
    this.#core = new CoreClient({
      nodes: world.ids.map((id) => ({ id, address: "" })),
      machines: world.settings.machines,
      runtime: clientRuntime(world, this, `c${number}`),
      dial: (id, _, events) => new StreamLink(id, world.server(id), this, world, events),
    });
  }

  run(action: () => void): void {
    this.#world.touched();
    action();
  }

  async call(call: CoreCall): Promise<CoreReply> {
    const { trace } = this.#world;
    trace.add(`calls ${call.group}.${call.name}`, this.id, () => JSON.stringify(call.input));
    const reply = await this.#core.call(call);
    const told = JSON.stringify(reply);
    trace.add(`is told ${told}`, this.id);
    return reply;
  }
}
