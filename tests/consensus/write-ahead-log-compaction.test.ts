import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StoredEntry, TermRun } from "../../consensus-nodes/replica/log-storage.ts";
import { DamagedLog } from "../../consensus-nodes/replica/write-ahead-log/damaged-log.ts";
import type { WriteAheadLog } from "../../consensus-nodes/replica/write-ahead-log/write-ahead-log.ts";
import { until } from "../stack/until.ts";
import { contentsOf, entries, logFolder, openLog, persisted } from "./log-folder.ts";

const REMOVED_WITHIN_MS = 5_000;

const sequences = (folder: string) => readdirSync(folder).map((name) => Number(/\d+/.exec(name)?.[0]));

/** Eight entries of 200 bytes fill a segment. */
async function filled(folder: string, last: number): Promise<WriteAheadLog> {
  const log = openLog(folder);
  for (let first = 1; first <= last; first += 4) {
    await persisted(log, { entries: entries(first, Math.min(first + 3, last), 1, 200) });
  }
  return log;
}

/** Segments go one after the other, and a log that is closed leaves the rest to its next compaction. */
async function removedBefore(folder: string, oldest: number): Promise<void> {
  await until(`segment ${oldest} is the oldest`, REMOVED_WITHIN_MS, () => Math.min(...sequences(folder)) === oldest);
}

describe("a compacted log", () => {
  test("has lost the segments before the last entry it may forget, and is read from there", async () => {
    const folder = logFolder();
    const log = await filled(folder, 40);
    expect(sequences(folder)).toContain(1);
    log.compact(20);
    expect(() => log.read(20, 21, 1000)).toThrow("expected entries from 21 to 40");
    expect(log.read(21, 40, Number.POSITIVE_INFINITY)).toEqual(entries(21, 40, 1, 200));
    await persisted(log, { entries: entries(41, 42, 2, 200) });
    await log.close();
    const left = sequences(folder);
    expect(left).not.toContain(1);
    expect(left).toContain(3);

    const again = openLog(folder, { covered: 20 });
    expect(again.base.index).toBeLessThanOrEqual(20);
    expect(again.base.term).toBe(1);
    expect(again.lastIndex).toBe(42);
    expect(contentsOf(again).entries.filter(({ index }) => index > 20)).toEqual([
      ...entries(21, 40, 1, 200),
      ...entries(41, 42, 2, 200),
    ]);
    await again.close();
  });

  test("is refused by file and offset where no snapshot, or too old a one, covers what is gone", async () => {
    const folder = logFolder();
    const log = await filled(folder, 40);
    log.compact(30);
    await removedBefore(folder, 4);
    await log.close();
    const oldest = join(folder, readdirSync(folder).sort()[0] ?? "");
    for (const covered of [0, 15]) {
      const open = () => openLog(folder, { covered });
      expect(open).toThrow(DamagedLog);
      expect(open).toThrow(`${oldest}, offset 0: the log begins after entry`);
    }
  });

  test("keeps term and vote, though the segment in which they were written is gone", async () => {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { hardState: { term: 7, vote: 3 }, entries: entries(1, 30, 7, 200) });
    log.compact(30);
    await log.close();
    expect(sequences(folder)).not.toContain(1);
    const again = openLog(folder, { covered: 30 });
    expect(again.hardState).toEqual({ term: 7, vote: 3 });
    await again.close();
  });

  test("opens, though its oldest segment replaced entries of segments that are gone", async () => {
    const folder = logFolder();
    const log = await filled(folder, 24);
    await persisted(log, { entries: entries(19, 26, 3, 200) });
    log.compact(21);
    await removedBefore(folder, 4);
    await log.close();
    const again = openLog(folder, { covered: 21 });
    expect(contentsOf(again).entries.filter(({ index }) => index > 21)).toEqual(entries(22, 26, 3, 200));
    await again.close();
  });

  test("gives back the memory of what it forgets", async () => {
    const log = await filled(logFolder(), 40);
    log.compact(40);
    expect(() => log.read(40, 40, 1)).toThrow("expected entries from 41 to 40");
    await persisted(log, { entries: entries(41, 41, 1, 10) });
    expect(log.read(41, 41, 1)).toEqual(entries(41, 41, 1, 10));
    await log.close();
  });
});

describe("a log whose place a snapshot took", () => {
  test("is empty after the snapshot's last entry, with its term and vote, and goes on from there", async () => {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { hardState: { term: 2, vote: 1 }, entries: entries(1, 20, 2, 200) });
    await persisted(log, { restart: { index: 100, term: 5 }, hardState: { term: 6, vote: null }, entries: [] });
    await persisted(log, { entries: entries(101, 103, 6, 50) });
    expect(log.read(101, 103, Number.POSITIVE_INFINITY)).toEqual(entries(101, 103, 6, 50));
    expect(() => log.read(20, 20, 1)).toThrow("expected entries from 101 to 103");
    await log.close();
    expect(sequences(folder)).not.toContain(1);
    const again = openLog(folder, { covered: 100 });
    expect(again).toMatchObject({ base: { index: 100, term: 5 }, firstIndex: 101, lastIndex: 103 });
    expect(contentsOf(again)).toEqual({ hardState: { term: 6, vote: null }, entries: entries(101, 103, 6, 50) });
    await again.close();
  });

  test("may restart within what it had, and replaces it", async () => {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { hardState: { term: 2, vote: 1 }, entries: entries(1, 20, 2, 20) });
    await persisted(log, {
      restart: { index: 10, term: 4 },
      hardState: { term: 4, vote: null },
      entries: entries(11, 11, 4, 9),
    });
    await log.close();
    const again = openLog(folder, { covered: 10 });
    expect(contentsOf(again).entries).toEqual(entries(11, 11, 4, 9));
    await again.close();
  });

  test("is refused when its files are gone, for term and vote were in them", () => {
    const folder = logFolder();
    expect(() => openLog(folder, { covered: 1 })).toThrow("the log is gone");
  });
});

type Action =
  | { readonly type: "append"; readonly back: number; readonly count: number; readonly bytes: number }
  | { readonly type: "snapshot"; readonly share: number; readonly keep: number }
  | { readonly type: "install"; readonly beyond: number }
  | { readonly type: "reopen" };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("append" as const),
      back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(12)),
      count: fc.integer({ min: 1, max: 12 }),
      bytes: fc.nat(400),
    }),
  },
  fc.record({
    type: fc.constant("snapshot" as const),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    keep: fc.nat(9),
  }),
  fc.record({ type: fc.constant("install" as const), beyond: fc.integer({ min: -5, max: 9 }) }),
  fc.record({ type: fc.constant("reopen" as const) }),
);

test("whatever is appended, replaced, compacted and restarted: above the snapshot the log is what was written last", async () => {
  const parent = logFolder();
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 25 }), async (actions) => {
      const folder = mkdtempSync(join(parent, "log-"));
      let log = openLog(folder);
      let term = 1;
      let snapshot: TermRun = { index: 0, term: 0 };
      let expected: StoredEntry[] = [];
      const last = () => expected.at(-1)?.index ?? snapshot.index;
      for (const one of [...actions, { type: "reopen" } as const]) {
        term += 1;
        const at = one.type === "snapshot" ? Math.floor(one.share * expected.length) : 0;
        const covered = expected[at];
        if (one.type === "append") {
          const first = Math.max(snapshot.index + 1, last() + 1 - one.back);
          const added = entries(first, first + one.count - 1, term, one.bytes);
          expected = [...expected.filter(({ index }) => index < first), ...added];
          await persisted(log, { hardState: { term, vote: null }, entries: added });
        } else if (one.type === "snapshot" && covered !== undefined) {
          snapshot = { index: covered.index, term: covered.term };
          expected = expected.slice(at + 1);
          log.compact(Math.max(log.base.index, snapshot.index - one.keep));
        } else if (one.type === "install" && last() + one.beyond > snapshot.index) {
          snapshot = { index: last() + one.beyond, term };
          expected = [];
          await persisted(log, { restart: snapshot, hardState: { term, vote: null }, entries: [] });
        } else if (one.type === "reopen") {
          await log.close();
          log = openLog(folder, { covered: snapshot.index });
          expect(log.base.index).toBeLessThanOrEqual(snapshot.index);
          expect(log.lastIndex).toBe(last());
          expect(contentsOf(log).entries.filter(({ index }) => index > snapshot.index)).toEqual(expected);
        }
      }
      await log.close();
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 150 },
  );
});
