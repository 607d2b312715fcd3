/** Damage done to the files of a stopped log: refused by file and offset, unless a power cut can have done it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { DamagedLog } from "../../consensus-nodes/replica/write-ahead-log/damaged-log.ts";
import { ENTRY, encodeRecord, HARD_STATE, placeSeed } from "../../consensus-nodes/replica/write-ahead-log/record.ts";
import {
  decodeHeader,
  encodeHeader,
  type SegmentHeader,
  segmentSeed,
} from "../../consensus-nodes/replica/write-ahead-log/segment-header.ts";
import type { WriteAheadLog } from "../../consensus-nodes/replica/write-ahead-log/write-ahead-log.ts";
import {
  contentsOf,
  entries,
  entry,
  type LogContents,
  logFolder,
  openLog,
  persisted,
  SEGMENT_BYTES,
} from "./log-folder.ts";

const SECTOR = 512;

/** The files of a log, by path. */
type Files = ReadonlyMap<string, Buffer>;

function filesIn(folder: string): Map<string, Buffer> {
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [join(folder, name), readFileSync(join(folder, name))]),
  );
}

function replaceFiles(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [path, bytes] of files) writeFileSync(path, bytes);
}

type Opened = { readonly refused: DamagedLog } | ({ readonly repaired: WriteAheadLog["repaired"] } & LogContents);

async function open(folder: string): Promise<Opened> {
  let log: WriteAheadLog;
  try {
    log = openLog(folder);
  } catch (error) {
    if (error instanceof DamagedLog) return { refused: error };
    throw error;
  }
  const opened = { ...contentsOf(log), repaired: log.repaired };
  await log.close();
  return opened;
}

async function refusal(folder: string): Promise<DamagedLog> {
  const opened = await open(folder);
  if (!("refused" in opened)) throw new Error(`expected the log to be refused, found ${opened.entries.length} entries`);
  return opened.refused;
}

async function accepted(folder: string): Promise<Exclude<Opened, { refused: DamagedLog }>> {
  const opened = await open(folder);
  if ("refused" in opened) throw opened.refused;
  return opened;
}

/** Where the records of a segment end, as its last byte that is not zero tells; -1 when all are. */
function lastNonZero(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (bytes[at] === 0) at--;
  return at;
}

function changed(files: Files, path: string, change: (bytes: Buffer) => Buffer | undefined): Files {
  const bytes = Buffer.from(files.get(path) ?? []);
  return new Map([...files, [path, change(bytes) ?? bytes]]);
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value, found undefined");
  return value;
}

const VOTE = { term: 2, vote: 3 };
const WRITTEN = entries(1, 11, 1, 200);

describe("a log of two segments", () => {
  let folder: string;
  let files: Files;
  let first: string;
  let last: string;

  beforeEach(async () => {
    folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { hardState: VOTE, entries: [] });
    for (const one of WRITTEN) await persisted(log, { entries: [one] });
    await log.close();
    files = new Map([...filesIn(folder)].filter(([, bytes]) => lastNonZero(bytes) >= 0));
    expect(files.size).toBe(2);
    const [one, two] = files.keys();
    first = present(one);
    last = present(two);
    replaceFiles(folder, files);
    expect(await accepted(folder)).toEqual({ hardState: VOTE, entries: WRITTEN, repaired: undefined });
  });

  test.each([0xff, 0x01])(
    "every byte in turn XOR %i: refused there, or it was never part of a record",
    async (mask) => {
      for (const [path, bytes] of files) {
        const end = path === last ? lastNonZero(bytes) : bytes.length - 1;
        for (let at = 0; at < bytes.length; at++) {
          writeFileSync(path, bytes);
          writeFileSync(
            path,
            changed(files, path, (copy) => void copy.writeUInt8((copy[at] ?? 0) ^ mask, at)).get(path) ?? "",
          );
          const opened = await open(folder);
          if ("refused" in opened) {
            expect(opened.refused.file).toBe(path);
            expect(opened.refused.offset).toBeLessThanOrEqual(at);
          } else {
            expect(at).toBeGreaterThan(end);
            expect(opened).toMatchObject({ hardState: VOTE, entries: WRITTEN, repaired: { file: path } });
          }
        }
        writeFileSync(path, bytes);
      }
    },
  );

  test("every sector zeroed in turn: refused, unless it takes with it all that was written later", async () => {
    for (const [path, bytes] of files) {
      for (let sector = 0; sector <= lastNonZero(bytes); sector += SECTOR) {
        replaceFiles(
          folder,
          changed(files, path, (copy) => copy.fill(0, sector, sector + SECTOR)),
        );
        const opened = await open(folder);
        if ("refused" in opened) {
          expect(opened.refused.file).toBe(path);
          expect(opened.refused.offset).toBeLessThan(sector + SECTOR);
        } else {
          expect(path).toBe(last);
          expect(sector + SECTOR).toBeGreaterThan(lastNonZero(bytes));
          const { entries: found } = opened;
          expect(opened).toMatchObject({
            hardState: VOTE,
            entries: WRITTEN.slice(0, found.length),
            repaired: { file: path },
          });
          // Entry 9 lies in the sector before, 10 in both, 11 in this one.
          expect(found.length).toBe(9);
        }
      }
    }
  });

  test("the last segment cut at every length: what is whole stays, and the log goes on from there", async () => {
    const bytes = present(files.get(last));
    let most = 0;
    for (let length = 0; length <= bytes.length; length++) {
      replaceFiles(
        folder,
        changed(files, last, (copy) => copy.subarray(0, length)),
      );
      const log = openLog(folder);
      const { hardState, entries: found } = contentsOf(log);
      expect(hardState).toEqual(VOTE);
      expect(found).toEqual(WRITTEN.slice(0, found.length));
      expect(found.length).toBeGreaterThanOrEqual(most);
      most = found.length;
      // A file without any content is one that was being made.
      if (length > 0 && length < bytes.length) expect(log.repaired?.file).toBe(last);
      else expect(log.repaired).toBeUndefined();
      if (length % 16 === 0) await persisted(log, { entries: entries(found.length + 1, found.length + 3, 2, 150) });
      await log.close();
      const added = length % 16 === 0 ? entries(found.length + 1, found.length + 3, 2, 150) : [];
      expect(await accepted(folder)).toEqual({ hardState, entries: [...found, ...added], repaired: undefined });
    }
    expect(most).toBe(WRITTEN.length);
  });

  test("an earlier segment cut at any length is refused", async () => {
    for (let length = 0; length < SEGMENT_BYTES; length += 8) {
      replaceFiles(
        folder,
        changed(files, first, (copy) => copy.subarray(0, length)),
      );
      expect((await refusal(folder)).file).toBe(first);
    }
  });

  test("records missing from the end of an earlier segment are refused where they should begin", async () => {
    const bytes = present(files.get(first));
    const record = 64 + 40 + 7 * 240;
    expect(lastNonZero(bytes)).toBeGreaterThan(record);
    replaceFiles(
      folder,
      changed(files, first, (copy) => copy.fill(0, record)),
    );
    expect(await refusal(folder)).toMatchObject({ file: first, offset: record });
  });

  test("a missing, misplaced, foreign, longer or newer file is refused", async () => {
    const refusedWith = async (other: Files, file: string, offset: number, why: string) => {
      replaceFiles(folder, other);
      const { reason, ...refused } = await refusal(folder);
      expect(refused).toMatchObject({ file, offset });
      expect(reason).toContain(why);
    };
    const [one, two] = [present(files.get(first)), present(files.get(last))];
    const third = last.replace("2.wal", "3.wal");
    await refusedWith(new Map([[last, two]]), last, 0, "the log begins after entry 8, snapshots cover 0");
    await refusedWith(
      new Map([
        [first, one],
        [third, two],
      ]),
      third,
      0,
      "expected segment 2, found segment 3",
    );
    await refusedWith(
      new Map([
        [first, two],
        [last, one],
      ]),
      first,
      0,
      "expected segment 1, found segment 2",
    );
    await refusedWith(
      new Map([
        [first, one],
        [last, one],
      ]),
      last,
      0,
      "expected segment 2, found segment 1",
    );
    await refusedWith(
      new Map([
        [first, one],
        [last, two],
        [third, two],
      ]),
      third,
      0,
      "found segment 2",
    );
    await refusedWith(
      changed(files, last, (copy) => Buffer.concat([copy, Buffer.alloc(8)])),
      last,
      0,
      "expected a file of",
    );
    await refusedWith(
      changed(files, first, (copy) => Buffer.concat([copy, Buffer.alloc(8)])),
      first,
      0,
      "expected a file of",
    );
    await refusedWith(new Map([[first, Buffer.alloc(SEGMENT_BYTES)]]), first, 0, "not the header");
    await refusedWith(
      new Map([
        [first, Buffer.alloc(0)],
        [last, two],
      ]),
      first,
      0,
      "expected a header",
    );

    const other = logFolder();
    const log = openLog(other);
    await persisted(log, { hardState: VOTE, entries: [] });
    for (const same of WRITTEN) await persisted(log, { entries: [same] });
    await log.close();
    const foreign = present([...filesIn(other).values()][1]);
    await refusedWith(
      new Map([
        [first, one],
        [last, foreign],
      ]),
      last,
      0,
      "another log",
    );
  });

  test.each<[string, Partial<SegmentHeader>, string]>([
    ["the next index", { nextIndex: 6 }, "to be next, found 6"],
    ["the term before", { previousTerm: 2 }, "of term 1, found 2"],
    ["the vote", { hardState: { term: 2, vote: 4 } }, "expected term 2 and vote 3, found 2 and 4"],
    ["the term", { hardState: { term: 1, vote: null } }, "expected term 2 and vote 3, found 1 and null"],
    ["the capacity", { capacity: 1024 }, "expected a file of 1024 bytes"],
  ])("a segment that contradicts the one before it in %s is refused", async (_what, wrong, why) => {
    const forged = changed(files, last, (copy) => {
      const header = decodeHeader(copy);
      if (typeof header === "string") throw new Error(header);
      encodeHeader(copy, { ...header, ...wrong });
      return undefined;
    });
    replaceFiles(folder, forged);
    const refused = await refusal(folder);
    expect(refused).toMatchObject({ file: last, offset: 0 });
    expect(refused.reason).toContain(why);
  });

  test.each<[string, number, { index: number; term: number }, string]>([
    ["leaves out an index", ENTRY, { index: 13, term: 1 }, "from 1 to 12, found 13"],
    ["has a term below the one before it", ENTRY, { index: 12, term: 0 }, "term 1 or a later one, found 0"],
    ["takes back a term", HARD_STATE, { index: 0, term: 1 }, "expected term 2 or a later one, found 1"],
    ["changes a vote", HARD_STATE, { index: 3, term: 2 }, "stay with node 3, found 2"],
    ["is of no known type", 7, { index: 12, term: 1 }, "found a record of type 7"],
  ])("a whole record that %s is refused", async (_what, type, fields, why) => {
    const bytes = present(files.get(last));
    const end = Math.ceil((lastNonZero(bytes) + 1) / 8) * 8;
    const forged = changed(files, last, (copy) => {
      const header = decodeHeader(copy);
      if (typeof header === "string") throw new Error(header);
      const seed = placeSeed(segmentSeed(header.identity, 2), end);
      encodeRecord(copy, end, seed, end, type, { kind: 0, time: 0, data: Buffer.alloc(0), ...fields });
      return undefined;
    });
    replaceFiles(folder, forged);
    const refused = await refusal(folder);
    expect(refused).toMatchObject({ file: last, offset: end });
    expect(refused.reason).toContain(why);
  });

  test("the start of the last record zeroed, with the rest still there, is refused", async () => {
    const bytes = present(files.get(last));
    const start = Math.ceil((lastNonZero(bytes) + 1) / 8) * 8 - 240;
    replaceFiles(
      folder,
      changed(files, last, (copy) => copy.fill(0, start, start + 8)),
    );
    expect(await refusal(folder)).toMatchObject({ file: last, offset: start });
  });

  test("a record that would not have fitted into its segment is refused", async () => {
    const bytes = present(files.get(last));
    const end = Math.ceil((lastNonZero(bytes) + 1) / 8) * 8;
    const forged = changed(files, last, (copy) => {
      const header = decodeHeader(copy);
      if (typeof header === "string") throw new Error(header);
      const larger = Buffer.alloc(3 * SEGMENT_BYTES);
      const fields = { ...entry(12, 1), data: Buffer.alloc(2 * SEGMENT_BYTES, 1) };
      encodeRecord(larger, end, placeSeed(segmentSeed(header.identity, 2), end), end, ENTRY, fields);
      larger.copy(copy, end, end);
    });
    replaceFiles(folder, forged);
    const refused = await refusal(folder);
    expect(refused).toMatchObject({ file: last, offset: end });
    expect(refused.reason).toContain("beyond the capacity");
  });

  test("a record copied to where it was not written is not taken for one", async () => {
    const bytes = present(files.get(last));
    const end = Math.ceil((lastNonZero(bytes) + 1) / 8) * 8;
    const copied = changed(files, last, (copy) => void copy.copy(copy, end, end - 240, end));
    replaceFiles(folder, copied);
    expect(await refusal(folder)).toMatchObject({ file: last, offset: end });
  });
});

test("what a last segment may lack, one in the middle may not", async () => {
  const folder = logFolder();
  const log = openLog(folder);
  // One batch per segment: nothing in a segment tells that it had been durable but the segment after it.
  for (const one of entries(1, 3, 1, 1500)) await persisted(log, { entries: [one] });
  await log.close();
  const files = new Map([...filesIn(folder)].filter(([, bytes]) => lastNonZero(bytes) >= 0));
  expect(files.size).toBe(3);
  const middle = join(folder, "segment-0000000002.wal");
  for (const [from, to, offset] of [
    [0, SEGMENT_BYTES, 0],
    [0, SECTOR, 0],
    [SECTOR, 2 * SECTOR, 64],
    [SECTOR, SEGMENT_BYTES, 64],
  ] as const) {
    replaceFiles(
      folder,
      changed(files, middle, (copy) => copy.fill(0, from, to)),
    );
    expect(await refusal(folder)).toMatchObject({ file: middle, offset });
  }
});

describe("a power cut while a segment is being made", () => {
  test.each([
    ["empty", Buffer.alloc(0)],
    ["cut short", Buffer.alloc(700)],
    ["never written to", Buffer.alloc(SEGMENT_BYTES)],
  ])("a newest file that is %s does not prevent the start", async (_what, bytes) => {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { hardState: VOTE, entries: entries(1, 3, 1, 100) });
    await log.close();
    writeFileSync(join(folder, "segment-0000000002.wal"), bytes);
    writeFileSync(join(folder, "segment-0000000003.wal"), bytes);
    expect(await accepted(folder)).toEqual({ hardState: VOTE, entries: entries(1, 3, 1, 100), repaired: undefined });
  });

  test("a log of which not even the first segment was finished is a fresh one", async () => {
    const folder = logFolder();
    writeFileSync(join(folder, "segment-0000000001.wal.new"), Buffer.alloc(100, 1));
    expect(await accepted(folder)).toMatchObject({ hardState: { term: 0, vote: null }, entries: [] });
    expect(readdirSync(folder)).toEqual(["segment-0000000001.wal"]);
  });
});

describe("a batch of which the disk wrote some sectors and not others", () => {
  /** Opens a log after `before` was durable and any subset of the sectors of what `batch` writes came through. */
  async function everySubset(before: LogContents, batch: LogContents["entries"], expectedFiles: number): Promise<void> {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, before);
    await log.close();
    const old = filesIn(folder);
    const writer = openLog(folder);
    await persisted(writer, { entries: batch });
    await writer.close();
    const written = new Map([...filesIn(folder)].filter(([, bytes]) => lastNonZero(bytes) >= 0));
    expect(written.size).toBe(expectedFiles);

    const path = present([...written.keys()].at(-1));
    const after = present(written.get(path));
    // Closed early, a log leaves the next segment shorter than it will be.
    const started = Buffer.alloc(after.length);
    old.get(path)?.copy(started);
    const sectors = Array.from({ length: after.length / SECTOR }, (_, sector) => sector * SECTOR).filter(
      (at) => !after.subarray(at, at + SECTOR).equals(started.subarray(at, at + SECTOR)),
    );
    expect(sectors.length).toBeGreaterThan(2);
    const whole = [...before.entries, ...batch];
    const counts = new Set<number>();
    for (let subset = 0; subset < 2 ** sectors.length; subset++) {
      const torn = Buffer.from(started);
      for (const [bit, at] of sectors.entries()) if (subset & (1 << bit)) after.copy(torn, at, at, at + SECTOR);
      replaceFiles(folder, new Map([...written, [path, torn]]));
      const { hardState, entries: found, repaired } = await accepted(folder);
      expect(hardState).toEqual(before.hardState);
      expect(found.length).toBeGreaterThanOrEqual(before.entries.length);
      expect(found).toEqual(whole.slice(0, found.length));
      if (subset === 2 ** sectors.length - 1) expect(found).toEqual(whole);
      else if (subset !== 0) expect(found.length < whole.length || repaired === undefined).toBe(true);
      if (repaired !== undefined) expect(repaired.file).toBe(path);
      counts.add(found.length);
      expect(await accepted(folder)).toEqual({ hardState, entries: found, repaired: undefined });
    }
    // Each record was the first to be lost in some subset.
    expect(counts.size).toBeGreaterThan(2);
  }

  test("is cut at the first record that is not whole, and never refused", async () => {
    const before = { hardState: VOTE, entries: entries(1, 2, 1, 100) };
    await everySubset(before, [...entries(3, 4, 2, 450), entry(5, 2, ""), entry(6, 2), ...entries(7, 7, 2, 500)], 1);
  });

  test("is cut so too when it begins a segment, with the header", async () => {
    const before = { hardState: VOTE, entries: entries(1, 1, 1, 1800) };
    await everySubset(before, [...entries(2, 3, 2, 450), entry(4, 2, ""), ...entries(5, 5, 2, 600)], 2);
  });

  test("but damage to a batch that was durable before is refused, though it looks torn", async () => {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { entries: entries(1, 1, 1, 1200) });
    await persisted(log, { entries: entries(2, 2, 1, 10) });
    await log.close();
    const files = filesIn(folder);
    const [path] = files.keys();
    replaceFiles(
      folder,
      changed(files, present(path), (copy) => copy.fill(0, SECTOR, 2 * SECTOR)),
    );
    expect(await refusal(folder)).toMatchObject({
      file: path,
      offset: 64,
      reason: expect.stringContaining("was durable"),
    });
  });
});

test("a refused log is left as it was found", async () => {
  const folder = logFolder();
  const log = openLog(folder);
  await persisted(log, { entries: entries(1, 30, 1, 300) });
  await log.close();
  const path = join(folder, "segment-0000000002.wal");
  const bytes = readFileSync(path);
  bytes[900] = (bytes[900] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const before = filesIn(folder);
  await refusal(folder);
  expect(filesIn(folder)).toEqual(before);
});
