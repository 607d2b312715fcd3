import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "vitest";
import type { HardState, PersistJob, StoredEntry } from "../../consensus-nodes/replica/log-storage.ts";
import { contentsOf, type LogContents, logFolder, openLog } from "./log-folder.ts";
import { PowerCutDisk } from "./power-cut-disk.ts";

interface Step {
  /** Entries at the end of the log that the first new one goes back over. */
  readonly back: number;
  /** Bytes of the new entries. */
  readonly sizes: readonly number[];
  /** 0 fills the data with zeros, as an unwritten sector is. */
  readonly fill: number;
  readonly nextTerm: boolean;
  readonly vote: number | null;
  /** Whether all is durable before the next step. */
  readonly wait: boolean;
}

interface Round {
  readonly steps: readonly Step[];
  /** Writes and syncs that come through before the power goes. */
  readonly calls: number;
  /** Which sectors of the last batch came through, one after another, over and over. */
  readonly kept: readonly boolean[];
}

const step: fc.Arbitrary<Step> = fc.record({
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(6)),
  sizes: fc.array(fc.oneof(fc.nat(60), fc.nat(900)), { maxLength: 5 }),
  fill: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 255 }) }, fc.constant(0)),
  nextTerm: fc.boolean(),
  vote: fc.option(fc.nat(4)),
  wait: fc.boolean(),
});

const rounds: fc.Arbitrary<readonly Round[]> = fc.array(
  fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
    calls: fc.nat(20),
    kept: fc.array(fc.boolean(), { minLength: 1, maxLength: 16 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** What a step asks for after what the log holds; Raft's rules for terms and votes are kept. */
function jobOf({ back, sizes, fill, nextTerm, vote }: Step, { hardState, entries }: LogContents): PersistJob {
  const term = hardState.term + (nextTerm || hardState.term === 0 ? 1 : 0);
  const changed: HardState | undefined = term > hardState.term ? { term, vote } : undefined;
  const first = Math.max(1, entries.length + 1 - back);
  return {
    ...(changed === undefined ? {} : { hardState: changed }),
    entries: sizes.map((size, offset) => ({
      index: first + offset,
      term,
      kind: 1,
      time: size,
      data: Buffer.alloc(size, fill),
    })),
  };
}

/** The log after each record of the job: what a power cut may leave when only a part of it came through. */
function statesAfter(job: PersistJob, before: LogContents): LogContents[] {
  const states: LogContents[] = [];
  let { hardState, entries } = before;
  if (job.hardState !== undefined) {
    hardState = job.hardState;
    states.push({ hardState, entries });
  }
  for (const entry of job.entries) {
    entries = [...entries.slice(0, entry.index - 1), entry];
    states.push({ hardState, entries });
  }
  return states;
}

function equal(one: LogContents, other: LogContents): boolean {
  return (
    one.hardState.term === other.hardState.term &&
    one.hardState.vote === other.hardState.vote &&
    one.entries.length === other.entries.length &&
    one.entries.every((entry, place) => sameEntry(entry, other.entries[place]))
  );
}

function sameEntry(one: StoredEntry, other: StoredEntry | undefined): boolean {
  return (
    other !== undefined &&
    one.index === other.index &&
    one.term === other.term &&
    one.kind === other.kind &&
    one.time === other.time &&
    Buffer.compare(one.data, other.data) === 0
  );
}

/** Runs the steps until the power goes, or to their end. @returns what the log may hold then: from what was answered on */
async function runUntilCut(folder: string, { steps, calls, kept }: Round): Promise<readonly LogContents[]> {
  let cut = false;
  let wake = () => {};
  let sector = 0;
  const disk = new PowerCutDisk(calls, () => kept[sector++ % kept.length] ?? false);
  const log = openLog(folder, {
    io: disk,
    onFailure() {
      cut = true;
      wake();
    },
  });
  let last = contentsOf(log);
  const states: LogContents[] = [last];
  // Place in `states` of the last one that was answered.
  let answered = 0;
  for (const one of steps) {
    if (cut) break;
    const job = jobOf(one, last);
    states.push(...statesAfter(job, last));
    last = states.at(-1) ?? last;
    const place = states.length - 1;
    log.persist(job, () => {
      if (cut || place < answered)
        throw new Error(`state ${place} answered after state ${answered}, or after the power cut`);
      answered = place;
      wake();
    });
    if (one.wait) {
      await new Promise<void>((resolve) => {
        wake = () => (cut || answered === place) && resolve();
        wake();
      });
    } else {
      await Promise.resolve();
    }
  }
  await log.close();
  return states.slice(answered);
}

test("what was answered survives any power cut, and what follows is a part of what was asked for, in order", async () => {
  const parent = logFolder();
  await fc.assert(
    fc.asyncProperty(rounds, async (all) => {
      const folder = mkdtempSync(join(parent, "cut-"));
      for (const round of all) {
        const possible = await runUntilCut(folder, round);
        const log = openLog(folder);
        const found = contentsOf(log);
        await log.close();
        if (!possible.some((state) => equal(state, found))) {
          throw new Error(`found ${summary(found)}, expected one of ${possible.map(summary).join(" | ")}`);
        }
      }
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 300 },
  );
});

function summary({ hardState, entries }: LogContents): string {
  return `term ${hardState.term} vote ${hardState.vote}: ${entries.map(({ index, term }) => `${index}@${term}`).join(" ")}`;
}
