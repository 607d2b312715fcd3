import fs, { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { DamagedLog } from "../../consensus-nodes/replica/write-ahead-log/damaged-log.ts";
import { diskIo, type LogIo } from "../../consensus-nodes/replica/write-ahead-log/log-io.ts";
import { paddedLength } from "../../consensus-nodes/replica/write-ahead-log/record.ts";
import { entries, entry, logFolder, openLog, persisted, reopened } from "./log-folder.ts";

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** The disk, but the call number `failing` of one kind fails, after it has done its work or before. */
function failingIo(kind: keyof LogIo, failing: number): LogIo {
  let calls = 0;
  const fails = (of: keyof LogIo) => of === kind && ++calls === failing;
  return {
    write(file, buffer, offset, length, position, callback) {
      if (fails("write")) setImmediate(callback, new Error("EIO: write"), 0);
      else diskIo.write(file, buffer, offset, length, position, callback);
    },
    fdatasync(file, callback) {
      if (fails("fdatasync")) setImmediate(callback, new Error("EIO: fdatasync"));
      else diskIo.fdatasync(file, callback);
    },
  };
}

test.each(["write", "fdatasync"] as const)(
  "nothing is answered after a failed %s, and it is told once",
  async (kind) => {
    const folder = logFolder();
    const failures: Error[] = [];
    const answered: number[] = [];
    const log = openLog(folder, { io: failingIo(kind, 3), onFailure: (error) => failures.push(error) });
    for (const one of entries(1, 2, 1, 50)) await persisted(log, { entries: [one] });

    log.persist({ entries: [entry(3, 1)] }, () => answered.push(3));
    await Promise.resolve();
    // Gathers while the call that will fail is on its way.
    log.persist({ entries: [entry(4, 1)] }, () => answered.push(4));
    log.persist({ entries: [] }, () => answered.push(-4));
    await vi.waitUntil(() => failures.length > 0);
    log.persist({ entries: [entry(5, 1)] }, () => answered.push(5));
    log.persist({ entries: [] }, () => answered.push(-5));
    await log.close();

    expect(failures.map(({ message }) => message)).toEqual([`EIO: ${kind}`]);
    expect(answered).toEqual([]);
    expect(log.counters.syncs).toBe(2);
    const { entries: found } = await reopened(folder);
    expect(found.slice(0, 2)).toEqual(entries(1, 2, 1, 50));
    expect(found.length).toBeLessThanOrEqual(3);
  },
);

test("what a failed sync left in the kernel is written again before it is given out as durable", async () => {
  const folder = logFolder();
  const failing = openLog(folder, { io: failingIo("fdatasync", 2), onFailure: () => {} });
  await persisted(failing, { entries: entries(1, 1, 1, 50) });
  failing.persist({ entries: entries(2, 3, 1, 50) }, () => {});
  await failing.close();

  const written = vi.spyOn(fs, "writeSync");
  const synced = vi.spyOn(fs, "fdatasyncSync");
  // For those who import them by name, too.
  syncBuiltinESMExports();
  const log = openLog(folder);
  expect(log.lastIndex).toBe(3);
  const record = paddedLength(50);
  const lengthOf = (call: readonly unknown[]) => ({ length: call[3], position: call[4] });
  expect(written.mock.calls.map(lengthOf)).toEqual([{ length: 2 * record, position: 64 + record }]);
  expect(synced).toHaveBeenCalledOnce();
  expect(synced.mock.invocationCallOrder[0]).toBeGreaterThan(written.mock.invocationCallOrder[0] ?? Number.NaN);
  await log.close();
});

test("a write that comes through in parts is completed before its sync", async () => {
  const folder = logFolder();
  const written: number[] = [];
  const io: LogIo = {
    write: (file, buffer, offset, length, position, callback) =>
      diskIo.write(file, buffer, offset, Math.min(length, 100), position, (error, bytes) => {
        written.push(bytes);
        callback(error, bytes);
      }),
    fdatasync: diskIo.fdatasync,
  };
  const log = openLog(folder, { io });
  await persisted(log, { entries: entries(1, 10, 1, 90) });
  await log.close();
  expect(written.length).toBeGreaterThan(10);
  expect(log.counters.syncs).toBe(1);
  expect((await reopened(folder)).entries).toEqual(entries(1, 10, 1, 90));
});

test("a disk that takes nothing is a failure, not an endless loop", async () => {
  const failures: Error[] = [];
  const io: LogIo = {
    ...diskIo,
    write: (_file, _buffer, _offset, _length, _position, done) => setImmediate(done, null, 0),
  };
  const log = openLog(logFolder(), { io, onFailure: (error) => failures.push(error) });
  log.persist({ entries: [entry(1, 1)] }, () => failures.push(new Error("answered")));
  await vi.waitUntil(() => failures.length > 0);
  await log.close();
  expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining("bytes to be written")]);
});

test("a next segment that cannot be made ends the log before anything is lost", async () => {
  const folder = logFolder();
  const failures: Error[] = [];
  const log = openLog(folder, { onFailure: (error) => failures.push(error) });
  await persisted(log, { entries: entries(1, 2, 1, 100) });
  rmSync(folder, { recursive: true });
  let answered = false;
  log.persist({ entries: entries(3, 30, 1, 100) }, () => {
    answered = true;
  });
  await vi.waitUntil(() => failures.length > 0);
  await log.close();
  expect(failures).toEqual([expect.objectContaining({ code: "ENOENT" })]);
  expect(answered).toBe(false);
});

test("an entry that changed on the disk while the log is open is refused by file and offset", async () => {
  const folder = logFolder();
  const log = openLog(folder, { cacheBytes: 0 });
  await persisted(log, { entries: entries(1, 3, 1, 100) });
  await persisted(log, { entries: [] });
  const path = join(folder, readdirSync(folder)[0] ?? "");
  const bytes = readFileSync(path);
  bytes[64 + 136 + 60] = 0;
  writeFileSync(path, bytes);
  await persisted(log, { entries: entries(4, 5, 1, 100) });
  expect(log.read(1, 1, 1000)).toEqual(entries(1, 1, 1, 100));
  expect(() => log.read(1, 3, 1000)).toThrow(new DamagedLog(path, 64 + 136, "entry 2 is not there as it was written"));
  await log.close();
});
