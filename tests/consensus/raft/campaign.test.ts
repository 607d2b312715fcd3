import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../consensus-nodes/raft/invariant.ts";
import { runSeed } from "./harness/campaign.ts";
import { Trace } from "./harness/trace.ts";

/** `SEED=17 vitest run tests/consensus/raft/campaign` replays one and prints each step; `SEEDS=20000` runs so many. */
const { SEED, SEEDS = "125" } = process.env;

describe("under crashes, power cuts, pauses, slow disks, lost, late and repeated messages, and partitions of all kinds", () => {
  test.runIf(SEED !== undefined)(`seed ${SEED} keeps all promises`, () => {
    runSeed(Number(SEED), { trace: new Trace((line) => console.log(line)) });
  });

  test.skipIf(SEED !== undefined)(`no promise is broken, and all goes on when it is mended, in ${SEEDS} runs`, () => {
    for (let seed = 1; seed <= Number(SEEDS); seed++) {
      try {
        const { committed } = runSeed(seed);
        expect(committed, `seed ${seed}`).toBeGreaterThan(0);
      } catch (error) {
        throw new Error(`replay with: SEED=${seed} npx vitest run tests/consensus/raft/campaign`, { cause: error });
      }
    }
  });

  test("a disk that says it synced what it did not is found out", () => {
    const foundOut = Array.from({ length: 20 }, (_, seed) => seed).filter((seed) => {
      try {
        runSeed(seed, { disksLie: true });
        return false;
      } catch (error) {
        return error instanceof InvariantViolation;
      }
    });
    expect(foundOut.length).toBeGreaterThan(10);
  });

  test("one seed is one run, step for step; another seed is another", () => {
    const hashes = Array.from({ length: 20 }, (_, seed) => runSeed(seed).hash);
    expect(Array.from({ length: 20 }, (_, seed) => runSeed(seed).hash)).toEqual(hashes);
    expect(new Set(hashes).size).toBe(20);
  });
});
