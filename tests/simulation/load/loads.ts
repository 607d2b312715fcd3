import type { Random } from "../../consensus/raft/harness/random.ts";
import type { LoadKind } from "../settings.ts";
import type { SimulatedClient } from "../simulated-client.ts";
import type { World } from "../world.ts";
import { BankLoad } from "./bank-load.ts";
import { journalLoad } from "./journal-load.ts";
import type { Load } from "./load.ts";
import { queueLoad } from "./queue-load.ts";
import { registerLoad } from "./register-load.ts";

/** One per kind of load in the settings, in their order. */
export function drawLoads(world: World, clients: readonly SimulatedClient[], random: Random): Load[] {
  return world.settings.loads.map((kind) => drawLoad(kind, world, clients, random.split(kind)));
}

function drawLoad(kind: LoadKind, world: World, clients: readonly SimulatedClient[], random: Random): Load {
  const options = { world, clients, random };
  switch (kind) {
    case "registers":
      return registerLoad(options);
    case "journal":
      return journalLoad(options);
    case "queue":
      return queueLoad(options);
    case "bank":
      return new BankLoad(world, clients, random);
  }
}
