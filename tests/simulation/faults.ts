/** What goes wrong in a run, as a list that is drawn before it begins: so it can be written down, replayed and shortened. */
import type { Random } from "../consensus/raft/harness/random.ts";
import { type Settings, TROUBLE } from "./settings.ts";

/** Nodes are chosen when it happens: `leader` of a group when it has one, else `node`. */
interface Hit {
  /** Milliseconds from the beginning. */
  readonly at: number;
  readonly node: number;
  /** Number of a group. */
  readonly leader?: number;
}

interface Lasting extends Hit {
  /** Milliseconds. */
  readonly lasts: number;
}

export type Fault =
  /** For the whole time of trouble. */
  | { readonly kind: "loss" | "duplication" | "late"; readonly probability: number }
  | { readonly kind: "slow disk"; readonly node: number; readonly times: number }
  | { readonly kind: "skewed clock"; readonly node: number; readonly milliseconds: number }
  | { readonly kind: "drifting ticks"; readonly node: number; readonly times: number }
  | ({ readonly kind: "crash" | "pause" | "isolation" } & Lasting)
  /** Paused, and for a moment longer nothing reaches it but its clients. */
  | ({ readonly kind: "deaf pause" } & Lasting)
  | ({ readonly kind: "power cut" } & Lasting)
  /** One link, one or both ways. */
  | ({ readonly kind: "cut link"; readonly other: number; readonly oneWay: boolean } & Lasting)
  /** Nothing reaches the node, or nothing leaves it. */
  | ({ readonly kind: "deaf" | "mute" } & Lasting)
  /** Nodes whose bit is set, and the others. */
  | ({ readonly kind: "split"; readonly side: number } & Lasting)
  | ({ readonly kind: "disk error" } & Hit)
  | ({ readonly kind: "clock jump"; readonly milliseconds: number } & Hit)
  /** A client sees nothing of the node. */
  | ({ readonly kind: "client cut" } & Lasting)
  /** While it lasts, whoever becomes leader is soon crashed or cut off: so are logs made that differ. */
  | ({ readonly kind: "ambush"; readonly probability: number } & Lasting)
  /** No faults, but changes that faults meet: who leads the group hands over to the node. */
  | ({ readonly kind: "transfer"; readonly group: number } & Hit)
  /** A spare node comes. */
  | { readonly kind: "join"; readonly at: number; readonly node: number }
  | ({ readonly kind: "leave" } & Hit)
  /** The node's folder is gone; it comes back empty, and is replaced after a while. */
  | ({
      readonly kind: "lost disk";
      /** First as many as may be missing are cut off and fall behind; when the node is back, and they are, those who are not behind crash. */
      readonly story: boolean;
    } & Lasting)
  /** The process ends at the next step of a transaction that the node reaches. */
  | ({ readonly kind: "crash in a transaction"; readonly lasts: number } & Hit);

export type FaultKind = Fault["kind"];

const MAX_FAULTS = 24;

export function drawFaults(random: Random, settings: Settings): Fault[] {
  const { nodes, machines } = settings;
  const faults = drawChanges(random.split("changes"), settings);
  const node = () => random.integer(0, nodes - 1);
  const sometimes = (probability: number, fault: () => Fault) => {
    if (random.chance(probability)) faults.push(fault());
  };
  sometimes(0.4, () => ({ kind: "loss", probability: random.next() * random.pick([0.05, 0.3]) }));
  sometimes(0.4, () => ({ kind: "duplication", probability: random.next() * 0.3 }));
  sometimes(0.4, () => ({ kind: "late", probability: random.next() * 0.2 }));
  for (let id = 0; id < nodes; id++) {
    sometimes(0.15, () => ({ kind: "slow disk", node: id, times: random.pick([5, 20, 100]) }));
    sometimes(0.2, () => ({ kind: "skewed clock", node: id, milliseconds: random.integer(-5000, 5000) }));
    sometimes(0.2, () => ({ kind: "drifting ticks", node: id, times: 0.7 + random.next() * 0.8 }));
  }
  const kinds: HitKind[] = hitKinds.filter(() => random.chance(0.4));
  if (kinds.length === 0) kinds.push(random.pick(hitKinds));
  if (settings.loads.includes("bank") && random.chance(0.6)) {
    kinds.push("crash in a transaction", "crash in a transaction", "crash in a transaction");
  }
  const leaders = random.next();
  const longest = random.pick([100, 500, 1200]);
  const count = random.integer(1, random.pick([4, 12, MAX_FAULTS]));
  for (let i = 0; i < count; i++) {
    const hit = {
      at: random.integer(50, TROUBLE - 50),
      node: node(),
      ...(random.chance(leaders) && { leader: random.integer(0, machines.length - 1) }),
    };
    const lasts = random.integer(10, longest);
    faults.push(drawHit(random, random.pick(kinds), hit, lasts, nodes));
  }
  return faults;
}

/** Few, and such that a majority of those who have all stays: more would be a loss of data that nobody promises to survive. */
function drawChanges(random: Random, { nodes, spares, machines }: Settings): Fault[] {
  const changes: Fault[] = [];
  const at = () => random.integer(50, TROUBLE - 200);
  const node = () => random.integer(0, nodes - 1);
  const transfers = random.chance(0.3) ? random.integer(1, 6) : 0;
  for (let i = 0; i < transfers; i++) {
    changes.push({ kind: "transfer", at: at(), node: node(), group: random.integer(0, machines.length - 1) });
  }
  if (spares > 0 && random.chance(0.7)) changes.push({ kind: "join", at: at(), node: nodes });
  const other = random.next();
  if (other < 0.25) changes.push({ kind: "leave", at: at(), node: node(), ...(random.chance(0.5) && { leader: 0 }) });
  else if (other < 0.6)
    changes.push({
      kind: "lost disk",
      at: at(),
      node: node(),
      lasts: random.integer(10, 200),
      story: random.chance(0.6),
    });
  return changes;
}

const hitKinds = [
  "crash",
  "crash",
  "pause",
  "deaf pause",
  "isolation",
  "cut link",
  "deaf",
  "mute",
  "split",
  "power cut",
  "ambush",
  "disk error",
  "clock jump",
  "client cut",
] as const;
type HitKind = (typeof hitKinds)[number] | "crash in a transaction";

function drawHit(random: Random, kind: HitKind, hit: Hit, lasts: number, nodes: number): Fault {
  switch (kind) {
    case "cut link":
      return { kind, ...hit, lasts, other: random.integer(0, nodes - 1), oneWay: random.chance(0.5) };
    case "split":
      return { kind, ...hit, lasts, side: random.integer(1, 2 ** nodes - 2) };
    case "deaf pause":
      return { kind, ...hit, lasts: lasts + 300 };
    case "ambush":
      return { kind, ...hit, lasts: 2 * lasts, probability: random.next() };
    case "disk error":
      return { kind, ...hit };
    case "clock jump":
      return { kind, ...hit, milliseconds: random.integer(-2000, 2000) };
    default:
      return { kind, ...hit, lasts };
  }
}

export function describeFault(fault: Fault): string {
  const { kind, ...rest } = fault;
  const details = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === "number" ? Number(value.toFixed(3)) : value}`,
  );
  return `${kind}: ${details.join(", ")}`;
}
