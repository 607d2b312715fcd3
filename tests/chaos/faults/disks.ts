/** A disk that is gone, and files that are not as they were written. */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { groups } from "../../../consensus-nodes/groups.ts";
import {
  decodeRecord,
  ENTRY,
  encodeRecord,
  paddedLength,
  placeSeed,
} from "../../../consensus-nodes/replica/write-ahead-log/record.ts";
import { listSegments } from "../../../consensus-nodes/replica/write-ahead-log/segment-files.ts";
import {
  decodeHeader,
  HEADER_BYTES,
  segmentSeed,
} from "../../../consensus-nodes/replica/write-ahead-log/segment-header.ts";
import { SECTOR_BYTES } from "../../../consensus-nodes/replica/write-ahead-log/torn-tail.ts";
import { type ChaosStack, until } from "../chaos-stack.ts";
import { type Fault, type FaultContext, victim } from "./fault.ts";

/** The change before included. */
const REPLACED_WITHIN_MS = 90_000;
const SEEN_WITHIN_MS = 10_000;
const GROUPS = Object.keys(groups);
/** Of a write that the power cut short: some sectors. */
const TORN_BYTES = 5 * SECTOR_BYTES;

/** The folder of a node that is down is deleted: it comes back, and takes no part until it is replaced. */
export const lostDisk: Fault = {
  kind: "lost disk",
  lasts: [1000, 3000],
  weight: 2,
  needs: 1,
  missing: onceUnlessReplaced,
  inject: async (context) => {
    const id = await victim(context);
    await context.stack.act("kill", id);
    await lose(context, id);
    return { what: `node ${id}`, nodes: [id], heal: () => replace(context, id) };
  },
};

/** Power is cut in the middle of a write: some sectors of a batch are there, others are not. Nobody was told of it. */
export const tornTail: Fault = {
  kind: "torn tail of a log",
  lasts: [0, 500],
  weight: 2,
  needs: 1,
  missing: () => undefined,
  inject: async (context) => {
    const { stack, random } = context;
    const id = await victim(context);
    const group = random.pick(GROUPS);
    await stack.act("kill", id);
    const { path, bytes, end, seed } = lastSegment(stack, id, group);
    const torn = Buffer.alloc(TORN_BYTES);
    const fields = { kind: 1, term: 1, index: 1, time: 1, data: randomBytes(TORN_BYTES - 2 * SECTOR_BYTES) };
    const length = encodeRecord(torn, 0, placeSeed(seed, end), end, ENTRY, fields);
    // The second whole sector did not come through.
    const firstWhole = SECTOR_BYTES - (end % SECTOR_BYTES);
    torn.fill(0, firstWhole + SECTOR_BYTES, firstWhole + 2 * SECTOR_BYTES);
    if (end + length > bytes.length) {
      await stack.act("restart", id);
      return { what: `node ${id}: no place at the end of ${group}`, nodes: [id], heal: async () => {} };
    }
    write(path, end, torn.subarray(0, length));
    const seen = () => readFileSync(stack.folder.nodeLog(id), "utf8").split("cut a torn tail off the log").length;
    const before = seen();
    await stack.act("restart", id);
    await until(`node ${id} has cut the torn tail off ${group}`, SEEN_WITHIN_MS, async () => seen() > before);
    return { what: `node ${id}, ${group} at ${end}`, nodes: [id], heal: async () => {} };
  },
};

/** A byte of what was durable changes: refused, with file and offset. The disk is then lost; or mended, when nobody can replace it. */
export const flippedByte: Fault = {
  kind: "flipped byte in a log",
  lasts: [200, 1500],
  weight: 2,
  needs: 1,
  missing: () => undefined,
  inject: async (context) => {
    const { stack, random } = context;
    const id = await victim(context);
    const group = random.pick(GROUPS);
    await stack.act("kill", id);
    const { path, bytes, last, end } = lastSegment(stack, id, group);
    // In the last record, where that ends with zeros in a sector of its own, damage cannot be told from a torn write (torn-tail.ts).
    const tellable = endsInEmptySector(bytes, last, end) ? last : end;
    const offset = random.integer(HEADER_BYTES, Math.max(HEADER_BYTES, tellable - 1));
    const [byte = 0] = bytes.subarray(offset);
    write(path, offset, Buffer.from([byte ^ (1 << random.integer(0, 7))]));
    const { said } = stack;
    await stack.act("restart", id);
    const refusal = new RegExp(`node ${id} refuses to start: .*${path}, offset \\d+`);
    await until(`node ${id} refuses to start, naming ${path}`, SEEN_WITHIN_MS, async () =>
      refusal.test(stack.saidSince(said)),
    );
    return {
      what: `node ${id}, ${group} at ${offset} of ${end}`,
      nodes: [id],
      heal: async () => {
        if (!(await canReplace(stack))) {
          write(path, offset, Buffer.from([byte]));
          await stack.act("restart", id);
          return;
        }
        await lose(context, id);
        await replace(context, id);
      },
    };
  },
};

/** Without a way to replace it, a node that has lost its disk is lost for the rest of the run: one is enough then. */
function onceUnlessReplaced({ lost }: Omit<FaultContext, "free">): string | undefined {
  return lost.size === 0 ? undefined : "a node has lost its disk, and is not replaced";
}

async function takesNoPart(stack: ChaosStack, id: number): Promise<boolean> {
  return (await stack.controls[id]?.status())?.member === false;
}

let replaces: boolean | undefined;

async function canReplace(stack: ChaosStack): Promise<boolean> {
  replaces ??= (await stack.tutti("node", "--help")).stdout.includes("replace");
  return replaces;
}

/** Of a node that is down. */
async function lose({ stack, lost }: FaultContext, id: number): Promise<void> {
  rmSync(stack.folder.node(id), { recursive: true });
  lost.add(id);
  await stack.act("restart", id);
  await until(`node ${id} takes no part`, SEEN_WITHIN_MS, () => takesNoPart(stack, id));
}

async function replace({ stack, lost }: FaultContext, id: number): Promise<void> {
  if (!(await takesNoPart(stack, id))) throw new Error(`node ${id} has lost its disk, and takes part`);
  if (!(await canReplace(stack))) return;
  // One change of nodes at a time: another fault's may be under way.
  await until(`node ${id} is replaced`, REPLACED_WITHIN_MS, async () => {
    const { code, stderr } = await stack.tutti("node", "replace", String(id));
    if (code !== 0 && !stderr.includes("another change of nodes")) {
      throw new Error(`node ${id} is not replaced: ${stderr}`);
    }
    return code === 0;
  });
  lost.delete(id);
}

interface LastSegment {
  readonly path: string;
  readonly bytes: Buffer;
  /** Where its last record begins. */
  readonly last: number;
  /** Where its records end. */
  readonly end: number;
  readonly seed: number;
}

/** The newest segment of a log that has records. */
function lastSegment(stack: ChaosStack, id: number, group: string): LastSegment {
  const directory = join(stack.folder.node(id), "groups", group);
  for (const { path } of listSegments(directory).reverse()) {
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    const header = decodeHeader(bytes);
    if (typeof header === "string") continue;
    const seed = segmentSeed(header.identity, header.sequence);
    let [last, end] = [HEADER_BYTES, HEADER_BYTES];
    for (;;) {
      const record = decodeRecord(bytes, end, placeSeed(seed, end));
      if (record === undefined) break;
      last = end;
      end += paddedLength(record.data.length);
    }
    if (end > HEADER_BYTES) return { path, bytes, last, end, seed };
  }
  throw new Error(`the log of ${group} of node ${id} has no records`);
}

/** Whether the sector in which the record `[from, to)` ends has nothing but zeros, and the record begins before it. */
function endsInEmptySector(bytes: Buffer, from: number, to: number): boolean {
  const sector = to - 1 - ((to - 1) % SECTOR_BYTES);
  return from < sector && bytes.subarray(sector, to).every((byte) => byte === 0);
}

function write(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  fsyncSync(file);
  closeSync(file);
}
