import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { paddedLength } from "../../consensus-nodes/replica/write-ahead-log/record.ts";
import type { WriteAheadLog } from "../../consensus-nodes/replica/write-ahead-log/write-ahead-log.ts";
import { contentsOf, entries, entry, logFolder, openLog, persisted, reopened } from "./log-folder.ts";

describe("what was persisted is there after a restart", () => {
  test("a fresh log is empty, in a folder that was not there", async () => {
    const folder = join(logFolder(), "groups", "queue");
    const log = openLog(folder);
    expect(log).toMatchObject({ firstIndex: 1, lastIndex: 0, terms: [], hardState: { term: 0, vote: null } });
    await log.close();
    expect(await reopened(folder)).toEqual({ hardState: { term: 0, vote: null }, entries: [] });
  });

  test("entries with all their fields, term and vote, the terms and the sizes", async () => {
    const folder = logFolder();
    const written = [
      entry(1, 1, ""),
      { index: 2, term: 1, kind: 0, time: 0, data: Buffer.from([0, 255, 0]) },
      { index: 3, term: 4, kind: 255, time: 2 ** 47, data: Buffer.alloc(700, 7) },
      entry(4, 2 ** 40, "ünïcode"),
    ];
    const log = openLog(folder);
    await persisted(log, { hardState: { term: 3, vote: 0 }, entries: written.slice(0, 3) });
    await persisted(log, { hardState: { term: 2 ** 40, vote: 4094 }, entries: written.slice(3) });
    await log.close();

    const again = openLog(folder);
    expect(contentsOf(again)).toEqual({ hardState: { term: 2 ** 40, vote: 4094 }, entries: written });
    expect(again).toMatchObject({ firstIndex: 1, lastIndex: 4, repaired: undefined });
    expect(again.terms).toEqual([
      { index: 1, term: 1 },
      { index: 3, term: 4 },
      { index: 4, term: 2 ** 40 },
    ]);
    expect([...again.entrySizes()]).toEqual([0, 3, 700, 9]);
    await again.close();
  });

  test("a replaced suffix stays replaced, also where the old one was longer and in another segment", async () => {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { entries: entries(1, 20, 1, 300) });
    await persisted(log, { entries: entries(5, 7, 2, 100) });
    await persisted(log, { entries: entries(6, 6, 3, 50) });
    const expected = [...entries(1, 4, 1, 300), ...entries(5, 5, 2, 100), ...entries(6, 6, 3, 50)];
    expect(log.read(1, 6, Number.POSITIVE_INFINITY)).toEqual(expected);
    await log.close();

    const again = openLog(folder);
    expect(contentsOf(again).entries).toEqual(expected);
    expect(again.terms).toEqual([
      { index: 1, term: 1 },
      { index: 5, term: 2 },
      { index: 6, term: 3 },
    ]);
    await persisted(again, { entries: entries(7, 9, 3, 80) });
    await again.close();
    expect((await reopened(folder)).entries).toEqual([...expected, ...entries(7, 9, 3, 80)]);
  });

  test("the log goes on over many segments and restarts, with the vote of the first in the last", async () => {
    const folder = logFolder();
    for (let round = 0; round < 6; round++) {
      const log = openLog(folder);
      expect(log.lastIndex).toBe(round * 10);
      const jobs = entries(round * 10 + 1, round * 10 + 10, 1, 250).map((one) => persisted(log, { entries: [one] }));
      if (round === 0) jobs.push(persisted(log, { hardState: { term: 9, vote: 2 }, entries: [] }));
      await Promise.all(jobs);
      await log.close();
    }
    expect(readdirSync(folder).length).toBeGreaterThanOrEqual(8);
    expect(await reopened(folder)).toEqual({ hardState: { term: 9, vote: 2 }, entries: entries(1, 60, 1, 250) });
  });

  test("a job larger than several segments is durable when it says so", async () => {
    const folder = logFolder();
    const log = openLog(folder);
    await persisted(log, { hardState: { term: 1, vote: 1 }, entries: entries(1, 30, 1, 900) });
    await log.close();
    expect(await reopened(folder)).toEqual({ hardState: { term: 1, vote: 1 }, entries: entries(1, 30, 1, 900) });
  });

  test("a log goes on when segments get another size", async () => {
    const folder = logFolder();
    for (const [round, segmentBytes] of [4096, 1024, 8192].entries()) {
      const log = openLog(folder, { segmentBytes });
      await persisted(log, { entries: entries(round * 20 + 1, round * 20 + 20, 1, 300) });
      await log.close();
    }
    expect((await reopened(folder)).entries).toEqual(entries(1, 60, 1, 300));
  });
});

test("memory that the process used before does not get into the gaps between records", async () => {
  const folder = logFolder();
  const log = openLog(folder);
  await persisted(log, { entries: [entry(1, 1, Buffer.alloc(400, 0xee))] });
  await persisted(log, { entries: [entry(2, 1, Buffer.alloc(1))] });
  await persisted(log, { entries: [entry(3, 1, Buffer.alloc(1))] });
  await log.close();
  // The third batch is written from the buffer of the first: 36 bytes of header, 1 of data, 3 of nothing.
  const third = 64 + paddedLength(400) + paddedLength(1);
  const bytes = readFileSync(join(folder, "segment-0000000001.wal"));
  expect(bytes.subarray(third + 37, third + 48)).toEqual(Buffer.alloc(11));
});

describe("group commit", () => {
  test("a burst shares one sync, what comes during that one shares the next, and answers keep the order", async () => {
    const log = openLog(logFolder(), { segmentBytes: 1024 * 1024 });
    const answered: number[] = [];
    const persist = (index: number) =>
      new Promise<void>((resolve) => {
        log.persist({ entries: [entry(index, 1)] }, () => {
          answered.push(index);
          resolve();
        });
      });
    const burst = Array.from({ length: 100 }, (_, offset) => persist(offset + 1));
    expect(answered).toEqual([]);
    await Promise.resolve();
    // The first burst is on its way now.
    const later = Array.from({ length: 100 }, (_, offset) => persist(offset + 101));
    await Promise.all(burst);
    expect(log.counters.syncs).toBe(1);
    await Promise.all(later);
    expect(log.counters.syncs).toBe(2);
    expect(log.counters.bytes).toBeGreaterThan(200 * 36);
    expect(answered).toEqual(Array.from({ length: 200 }, (_, offset) => offset + 1));
    await log.close();
  });

  test("a job with nothing to write is answered after those before it, and never at once", async () => {
    const log = openLog(logFolder());
    const answered: string[] = [];
    const both = new Promise<void>((resolve) => {
      log.persist({ entries: [entry(1, 1)] }, () => answered.push("entry"));
      log.persist({ entries: [] }, () => {
        answered.push("nothing");
        resolve();
      });
    });
    expect(answered).toEqual([]);
    await both;
    expect(answered).toEqual(["entry", "nothing"]);
    let called = false;
    const alone = persisted(log, { entries: [] }).then(() => {
      called = true;
    });
    expect(called).toBe(false);
    await alone;
    await log.close();
  });

  test("close waits for what was persisted", async () => {
    const folder = logFolder();
    const log = openLog(folder);
    let answered = 0;
    for (const one of entries(1, 40, 1, 200)) log.persist({ entries: [one] }, () => answered++);
    await log.close();
    expect(answered).toBe(40);
    expect((await reopened(folder)).entries).toEqual(entries(1, 40, 1, 200));
    expect(() => log.persist({ entries: [] }, () => {})).toThrow("after close");
  });
});

describe("read", () => {
  const all = entries(1, 40, 1, 100);
  const doors: [string, number][] = [
    ["from memory", 1024 * 1024],
    ["from the files", 0],
    ["from both", 20 * 228],
  ];

  test.each(doors)("gives consecutive entries, bounded by their bytes, %s", async (_door, cacheBytes) => {
    const log = openLog(logFolder(), { cacheBytes });
    await persisted(log, { entries: all });
    await persisted(log, { entries: [] });
    for (const [first, last] of [
      [1, 40],
      [1, 1],
      [40, 40],
      [10, 30],
      [21, 22],
    ] as const) {
      expect(log.read(first, last, Number.POSITIVE_INFINITY)).toEqual(all.slice(first - 1, last));
    }
    expect(log.read(5, 40, 1000)).toEqual(all.slice(4, 14));
    expect(log.read(5, 40, 1099)).toEqual(all.slice(4, 14));
    expect(log.read(5, 40, 1)).toEqual(all.slice(4, 5));
    expect(log.read(15, 40, 1000)).toEqual(all.slice(14, 24));
    await log.close();
  });

  test("gives entries that are not durable yet, also when there are more than memory is meant to hold", async () => {
    const log = openLog(logFolder(), { cacheBytes: 0 });
    const done = persisted(log, { entries: all });
    expect(log.read(1, 40, Number.POSITIVE_INFINITY)).toEqual(all);
    await done;
    const replaced = persisted(log, { entries: entries(3, 8, 2, 60) });
    expect(log.read(1, 8, Number.POSITIVE_INFINITY)).toEqual([...all.slice(0, 2), ...entries(3, 8, 2, 60)]);
    await replaced;
    expect(log.read(1, 8, Number.POSITIVE_INFINITY)).toEqual([...all.slice(0, 2), ...entries(3, 8, 2, 60)]);
    await log.close();
  });

  test("keeps no more in memory than it may, once it is written", async () => {
    const folder = logFolder();
    const log = openLog(folder, { cacheBytes: 10 * 228 });
    for (const one of all) await persisted(log, { entries: [one] });
    const found = log.read(1, 40, Number.POSITIVE_INFINITY);
    // What comes from memory is what was handed over; what comes from a file is only equal to it.
    const kept = found.filter((one, offset) => one === all[offset]);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(found).toEqual(all);
    await log.close();
  });

  test("refuses what is not there", async () => {
    const log = openLog(logFolder());
    expect(() => log.read(1, 1, 100)).toThrow("expected entries from 1 to 0");
    await persisted(log, { entries: all });
    expect(() => log.read(0, 3, 100)).toThrow("expected entries");
    expect(() => log.read(3, 41, 100)).toThrow("expected entries");
    await log.close();
  });
});

test("a job that no Raft could ask for is refused, and leaves the log as it was", async () => {
  const folder = logFolder();
  const log = openLog(folder);
  const before = { hardState: { term: 3, vote: 1 }, entries: entries(1, 5, 2, 20) };
  await persisted(log, before);
  const refuse = (job: Parameters<WriteAheadLog["persist"]>[0], why: string) =>
    expect(() => log.persist(job, () => {})).toThrow(why);

  refuse({ entries: [entry(7, 3)] }, "from 1 to 6, found 7");
  refuse({ entries: [entry(0, 3)] }, "from 1 to 6, found 0");
  refuse({ entries: [entry(6, 1)] }, "term 2 or a later one, found 1");
  refuse({ entries: [entry(6, 3), entry(8, 3)] }, "to follow 6");
  refuse({ entries: [entry(6, 3), entry(7, 2)] }, "to follow 6");
  refuse({ entries: [{ ...entry(6, 3), kind: 256 }] }, "kind");
  refuse({ entries: [{ ...entry(6, 3), time: 1.5 }] }, "time");
  refuse({ entries: [entry(6, 3, Buffer.alloc(2048))] }, "fits into a segment");
  refuse({ hardState: { term: 2, vote: null }, entries: [entry(6, 3)] }, "term 3 or a later one");
  refuse({ hardState: { term: 3, vote: 2 }, entries: [] }, "vote of term 3 to stay with node 1");
  refuse({ hardState: { term: 3, vote: null }, entries: [] }, "vote of term 3 to stay with node 1");
  await log.close();
  expect(await reopened(folder)).toEqual(before);
});
