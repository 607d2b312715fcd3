/** `tutti verify`: whether all nodes hold the same state. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "@commander-js/extra-typings";
import { Refusal } from "../supervisor/refusal.ts";
import { dataOption, jsonOption } from "./options.ts";
import { type Nodes, withNodes } from "./with-nodes.ts";

/** A node that is behind has so long to catch up, and to hash its state. */
const PATIENCE_MS = 10_000;
/** Of that, for one index. */
const ATTEMPT_MS = 3_000;
const LOOK_EVERY_MS = 50;
/** Characters of a hash that are shown. */
const SHOWN = 16;

interface Verdict {
  readonly group: string;
  /** Of the log entry after which the states were compared. */
  readonly index: number;
  /** By node id; absent when the node has none: it is down, or too far behind. */
  readonly hashes: Readonly<Record<number, string>>;
  readonly missing: readonly number[];
  readonly equal: boolean;
}

export const verify = () =>
  new Command("verify")
    .description("compare the state of every group on every node, at one index of its log")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExit code: 0 when all states that could be had are equal, 1 when two differ.")
    .action(async ({ data, json }) => {
      const { print, printJson, table } = await import("./output.ts");
      const verdicts = await withNodes(data, async (nodes) => {
        const groups = await groupsOf(nodes);
        return Promise.all(groups.map((group) => verifyGroup(nodes, group)));
      });
      if (json) printJson(verdicts);
      else print(table(["group", "index", "verdict", "state", "no answer from"], verdicts.map(row)));
      const wrong = verdicts.filter(({ equal }) => !equal).map(({ group }) => group);
      if (wrong.length > 0) throw new Refusal(`nodes differ in ${wrong.join(", ")}`);
    });

function row({ group, index, hashes, missing, equal }: Verdict): (string | number)[] {
  const found = [...new Set(Object.values(hashes))].map((hash) => hash.slice(0, SHOWN));
  return [group, index, equal ? "equal" : "DIFFERENT", found.join(" "), missing.join(", ")];
}

async function groupsOf(nodes: Nodes): Promise<string[]> {
  const statuses = await Promise.all([...nodes.values()].map((control) => control.status()));
  const names = new Set(statuses.flatMap((status) => status?.groups.map(({ name }) => name) ?? []));
  if (names.size === 0) throw new Refusal("no node answers");
  return [...names];
}

async function verifyGroup(nodes: Nodes, group: string): Promise<Verdict> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { verdict, reached } = await compare(nodes, group, deadline);
    // A node that took a snapshot from beyond the index, or was started since, has no hash there: another index will do.
    if (verdict.missing.length === 0 || !reached || performance.now() > deadline) return verdict;
  }
}

/** @returns also whether a node answers that has no hash. */
async function compare(
  nodes: Nodes,
  group: string,
  end: number,
): Promise<{ readonly verdict: Verdict; readonly reached: boolean }> {
  const index = await checkpoint(nodes, group, end);
  const deadline = Math.min(end, performance.now() + ATTEMPT_MS);
  const hashes: Record<number, string> = {};
  let reached = true;
  const missing = new Set(nodes.keys());
  while (missing.size > 0 && performance.now() < deadline) {
    const silent = await ask(nodes, group, index, missing, hashes);
    // Those that are down are not waited for once the others have answered.
    if (missing.size > 0 && silent.size === missing.size) {
      reached = false;
      break;
    }
    if (missing.size > 0) await sleep(LOOK_EVERY_MS);
  }
  const equal = new Set(Object.values(hashes)).size === 1;
  return { verdict: { group, index, hashes, missing: [...missing], equal }, reached };
}

/** @returns who did not answer */
async function ask(
  nodes: Nodes,
  group: string,
  index: number,
  missing: Set<number>,
  hashes: Record<number, string>,
): Promise<Set<number>> {
  const silent = new Set<number>();
  await Promise.all(
    [...missing].map(async (id) => {
      const reply = await nodes.get(id)?.stateHash(group, index);
      if (reply === undefined) silent.add(id);
      if (reply === undefined || reply.hash === "") return;
      hashes[id] = reply.hash;
      missing.delete(id);
    }),
  );
  return silent;
}

/** @throws {Refusal} when the group has no leader for too long. */
async function checkpoint(nodes: Nodes, group: string, deadline: number): Promise<number> {
  const [first] = nodes.keys();
  for (let asked = first; performance.now() < deadline; ) {
    const reply = asked === undefined ? undefined : await nodes.get(asked)?.checkpoint(group);
    if (reply?.ok) return reply.index;
    const hint = reply !== undefined && reply.leader !== asked && nodes.has(reply.leader) ? reply.leader : undefined;
    asked = hint ?? next(nodes, asked);
    if (hint === undefined) await sleep(LOOK_EVERY_MS);
  }
  throw new Refusal(`${group} has no leader`);
}

function next(nodes: Nodes, asked: number | undefined): number | undefined {
  const ids = [...nodes.keys()];
  return asked === undefined ? ids[0] : ids[(ids.indexOf(asked) + 1) % ids.length];
}
