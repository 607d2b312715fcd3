import { describe, expect, test } from "vitest";
import { attempt } from "./campaign/attempt.ts";
import { shrink } from "./campaign/shrink.ts";
import { addReport, emptySummary } from "./campaign/summary.ts";
import { plantedBugs } from "./planted/plant.ts";
import { drawRun } from "./simulation.ts";

/** `npm run simulate -- --seeds 10000` runs so many. */
const SEEDS = 60;
/** `npm run simulate -- --planted` gives these the 200 runs they may need; here they would take too long. */
const RARE = new Set(["a lock released at prepare", "a promise told before it is durable", "a forgotten vote"]);
/** Milliseconds. Some 5 s of work, on cores that others share. */
const PATIENCE = 300_000;

test(
  `nothing wrong happens, and all goes on and comes to rest, in ${SEEDS} simulated runs`,
  async () => {
    const summary = emptySummary();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const attempted = await attempt({ seed });
      if (!attempted.ok) throw new Error(`npm run simulate -- --seed ${seed} shows it: ${attempted.reason}`);
      addReport(summary, attempted.report);
    }
    // A campaign in which nothing happens proves nothing.
    const { faults, operations, events } = summary;
    expect(summary.committed).toBeGreaterThan(50 * SEEDS);
    expect(summary.terms).toBeGreaterThan(3 * SEEDS);
    const kinds = [
      "crash",
      "pause",
      "isolation",
      "cut link",
      "split",
      "deaf",
      "mute",
      "power cut",
      "disk error",
      "ambush",
    ];
    for (const kind of [...kinds, "crash in a transaction", "join", "leave", "lost disk", "transfer"]) {
      expect(faults[kind], kind).toBeGreaterThan(0);
    }
    for (const what of ["registers ok", "queue ok", "journal ok", "bank ok", "registers unknown"]) {
      expect(operations[what], what).toBeGreaterThan(0);
    }
    for (const what of ["snapshots", "snapshot transfers", "snapshot transfers broken off", "state hashes"]) {
      expect(events[what], what).toBeGreaterThan(0);
    }
  },
  PATIENCE,
);

test("one seed is one run, step for step; another seed is another", async () => {
  const hash = async (seed: number) => {
    const attempted = await attempt({ seed });
    return attempted.ok ? attempted.report.hash : attempted.reason;
  };
  const hashes = new Set<unknown>();
  for (let seed = 1; seed <= 6; seed++) {
    const first = await hash(seed);
    expect(await hash(seed)).toBe(first);
    hashes.add(first);
  }
  expect(hashes.size).toBe(6);
});

describe("finds a planted bug", () => {
  test.each(Object.keys(plantedBugs).filter((bug) => !RARE.has(bug)))(
    "%s",
    async (planted) => {
      const found = async () => {
        for (let seed = 1; seed <= 200; seed++) {
          const attempted = await attempt({ seed, planted });
          if (!attempted.ok) return attempted.reason;
        }
        return undefined;
      };
      expect(await found()).toBeDefined();
    },
    PATIENCE,
  );
});

test("a failing run is shrunk to the fewest faults that still fail, and replays with them", async () => {
  const planted = "applied out of a stale suffix";
  for (let seed = 1; seed <= 200; seed++) {
    const attempted = await attempt({ seed, planted });
    if (attempted.ok) continue;
    const { faults } = drawRun(seed);
    const { places, reason } = await shrink(seed, attempted.reason, planted);
    expect(places.length).toBeLessThan(faults.length);
    const kept = places.flatMap((place) => faults[place] ?? []);
    expect(await attempt({ seed, planted, faults: kept })).toEqual({ ok: false, reason: expect.any(String) });
    expect(reason).toContain("iolation");
    return;
  }
  throw new Error("not found");
});
