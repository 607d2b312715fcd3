/**
 * A disk without room: the folder of a node is moved to a small file system in memory, which is then filled up. The node must
 * end, and say why; with room again it comes back. Mounting wants a mount namespace of one's own: mount-namespace.ts.
 */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import { type ChaosStack, until } from "../chaos-stack.ts";
import { HttpClient } from "../http-client.ts";
import { inMountNamespace } from "../mount-namespace.ts";
import { type Fault, victim } from "./fault.ts";
import { stateOf } from "./processes.ts";

/** Of room that is left: less than the next segment of a log. */
const LEFT_BYTES = 256 * 1024;
const LARGE = "1g";
/** What is there already of the logs' segments has to be filled first, on a busy machine. */
const ENDS_WITHIN_MS = 90_000;
const BACK_WITHIN_MS = 30_000;
/** Characters of a text that fills logs faster than the load does. */
const FILLING = 90_000;
const FILLERS = 4;

export const fullDisk: Fault = {
  kind: "full disk",
  lasts: [500, 2500],
  weight: 2,
  needs: 1,
  missing: () => (inMountNamespace() ? undefined : "mounting wants root, and unshare"),
  inject: async (context) => {
    const { stack } = context;
    const id = await victim(context);
    const folder = stack.folder.node(id);
    const aside = `${folder}.aside`;
    await stack.act("stop", id);
    renameSync(folder, aside);
    mkdirSync(folder);
    mount("-t", "tmpfs", "-o", `size=${LARGE}`, "tmpfs", folder);
    cpSync(aside, folder, { recursive: true });
    rmSync(aside, { recursive: true });
    const { bsize, blocks, bfree } = statfsSync(folder);
    mount("-o", `remount,size=${(blocks - bfree) * bsize + LEFT_BYTES}`, folder);
    const { said } = stack;
    await stack.act("restart", id);
    const pid = await stack.pid(id);
    const heal = async () => {
      mount("-o", `remount,size=${LARGE}`, folder);
      await until(`node ${id} is back with room on its disk`, BACK_WITHIN_MS, async () => {
        return (await stack.controls[id]?.status())?.member === true;
      });
      await stack.act("stop", id);
      cpSync(folder, aside, { recursive: true });
      run("umount", folder);
      rmSync(folder, { recursive: true });
      renameSync(aside, folder);
      await stack.act("restart", id);
    };
    try {
      const died = new RegExp(`node ${id} died .*ENOSPC`);
      await fillUntil(
        stack,
        `node ${id} ends for want of room`,
        () => stateOf(pid) === undefined && died.test(stack.saidSince(said)),
      );
    } catch (error) {
      await heal();
      throw error;
    }
    return { what: `node ${id}`, nodes: [id], heal };
  },
};

/** Appends to the journal, whose log grows on every node. Under a source of its own, which no client reads. */
async function fillUntil(stack: ChaosStack, what: string, full: () => boolean): Promise<void> {
  let over = false;
  const fill = async () => {
    const client = new HttpClient(stack.port);
    const json = { text: "x".repeat(FILLING), source: "filling" };
    while (!over) await client.send({ method: "POST", path: "/journal", json });
    client.close();
  };
  const filling = Array.from({ length: FILLERS }, fill);
  try {
    await until(what, ENDS_WITHIN_MS, async () => full());
  } finally {
    over = true;
    await Promise.all(filling);
  }
}

function mount(...args: readonly string[]): void {
  run("mount", ...args);
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}
