import { describe, expect, test } from "vitest";
import { Bank, type BankResult, type Defect, defects } from "./bank/bank.ts";

/** `SEEDS=10000 vitest run tests/consensus/two-phase-commit/bank` runs so many. */
const SEEDS = Number(process.env.SEEDS ?? 200);
/** In which every planted defect shows. */
const DEFECT_SEEDS = 400;

/** @throws {Error} naming the seed, when a promise was broken. */
async function run(seed: number, defect?: Defect): Promise<BankResult> {
  try {
    return await new Bank(seed, defect).run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

describe("a simulated bank of 100 accounts in five groups", () => {
  test(`keeps its sum, leaves nothing half done and nothing locked, in ${SEEDS} runs`, async () => {
    let [committed, aborted, crashes, atOnce] = [0, 0, 0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await run(seed);
      committed += result.committed;
      aborted += result.aborted;
      crashes += result.crashes;
      atOnce += result.atOnce;
    }
    // A campaign in which nothing happens proves nothing.
    expect(committed).toBeGreaterThan(3 * SEEDS);
    expect(aborted).toBeGreaterThan(SEEDS);
    expect(crashes).toBeGreaterThan(SEEDS);
    expect(atOnce).toBeGreaterThan(SEEDS);
  });

  test("does the same again for the same seed", async () => {
    for (const seed of [3, 77, 512]) expect(await run(seed)).toEqual(await run(seed));
  });

  test.each(defects)("finds a planted defect: %s", async (defect) => {
    const found = async () => {
      for (let seed = 1; seed <= DEFECT_SEEDS; seed++) await run(seed, defect);
    };
    await expect(found()).rejects.toThrow(/^seed \d+: /);
  });
});
