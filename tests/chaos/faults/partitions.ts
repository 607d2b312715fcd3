/** Links that carry nothing: between two sides, between two nodes, or in one direction only. */
import { isDeepStrictEqual } from "node:util";

import type { Random } from "../../consensus/raft/harness/random.ts";
import { type ChaosStack, NODES, until } from "../chaos-stack.ts";
import { type Fault, type FaultContext, type Injected, several, victim } from "./fault.ts";

/** By node id, whom its messages do not reach. */
type Cut = Map<number, Set<number>>;

const SEEN_WITHIN_MS = 20_000;

const always = () => undefined;
const lasts = [500, 4000] as const;

/** Two sides; one of them has a majority. */
export const full: Fault = {
  kind: "partition, full",
  lasts,
  weight: 4,
  needs: NODES,
  missing: always,
  inject: async (context) => {
    const small = context.random.chance(0.4) ? [await victim(context)] : several(context, 2);
    const large = context.free.filter((id) => !small.includes(id));
    const cut: Cut = new Map();
    for (const a of small) for (const b of large) isolate(cut, a, b);
    return apply(context, cut, `${small.join()} | ${large.join()}`);
  },
};

/** Some pairs do not hear each other, and all others do. */
export const partial: Fault = {
  kind: "partition, partial",
  lasts,
  weight: 4,
  needs: NODES,
  missing: always,
  inject: async (context) => {
    const cut: Cut = new Map();
    const pairs = Array.from({ length: context.random.integer(1, 4) }, () => {
      const [a = 0, b = 1] = several(context, 2);
      isolate(cut, a, b);
      return `${a}-${b}`;
    });
    return apply(context, cut, pairs.join(" "));
  },
};

/** Messages pass in one direction only: into a node, out of it, or on some links. */
export const oneWay: Fault = {
  kind: "partition, one way",
  lasts,
  weight: 4,
  needs: NODES,
  missing: always,
  inject: async (context) => {
    const { random, free } = context;
    const cut: Cut = new Map();
    if (random.chance(0.6)) {
      const id = await victim(context);
      const into = random.chance(0.5);
      for (const other of free)
        if (other !== id) silence(cut, ...(into ? ([other, id] as const) : ([id, other] as const)));
      return apply(context, cut, into ? `nothing reaches ${id}` : `${id} reaches nobody`);
    }
    const links = Array.from({ length: random.integer(1, 6) }, () => {
      const [from = 0, to = 1] = several(context, 2);
      silence(cut, from, to);
      return `${from}>${to}`;
    });
    return apply(context, cut, links.join(" "));
  },
};

function silence(cut: Cut, from: number, to: number): void {
  cut.set(from, (cut.get(from) ?? new Set()).add(to));
}

function isolate(cut: Cut, a: number, b: number): void {
  silence(cut, a, b);
  silence(cut, b, a);
}

/** Each cut is made at one end, drawn: it must not matter which. */
async function apply({ stack, random }: FaultContext, cut: Cut, what: string): Promise<Injected> {
  const links = endsOf(cut, random);
  await set(stack, links);
  for (const [id, { to, from }] of links) {
    await until(`node ${id} cuts its links`, SEEN_WITHIN_MS, async () => {
      const seen = (await stack.controls[id]?.status())?.links;
      return isDeepStrictEqual([seen?.to.toSorted(), seen?.from.toSorted()], [to.toSorted(), from.toSorted()]);
    });
  }
  // Others may kill or pause what is cut off.
  return { what, nodes: [], heal: () => mendLinks(stack) };
}

/** A node that is down, or paused, takes its links when it is back. */
export function mendLinks(stack: ChaosStack): Promise<void> {
  return set(stack, new Map(stack.controls.map((_, id) => [id, { to: [], from: [] }])));
}

type Links = Map<number, { to: number[]; from: number[] }>;

function endsOf(cut: Cut, random: Random): Links {
  const links: Links = new Map();
  const at = (id: number) => {
    const known = links.get(id) ?? { to: [], from: [] };
    links.set(id, known);
    return known;
  };
  for (const [from, targets] of cut) {
    for (const to of targets) {
      if (random.chance(0.5)) at(from).to.push(to);
      else at(to).from.push(from);
    }
  }
  return links;
}

async function set(stack: ChaosStack, links: Links): Promise<void> {
  for (const [id, wanted] of links) {
    const control = stack.controls[id];
    await until(`node ${id} takes its links`, SEEN_WITHIN_MS, async () => (await control?.cut(wanted)) === true);
  }
}
