import { expect, test } from "vitest";
import { simulate } from "./simulation.ts";

const SEEDS = 20;

test(`nothing wrong happens, and all goes on after it is healed, in ${SEEDS} simulated runs`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await simulate({ seed });
    } catch (error) {
      throw new Error(`replay with: npm run simulate -- --seed ${seed} --trace`, { cause: error });
    }
  }
});

test("one seed is one run, step for step; another seed is another", async () => {
  const hashes = new Set<number>();
  for (let seed = 1; seed <= 10; seed++) {
    const { hash } = await simulate({ seed });
    expect((await simulate({ seed })).hash).toBe(hash);
    hashes.add(hash);
  }
  expect(hashes.size).toBe(10);
});
