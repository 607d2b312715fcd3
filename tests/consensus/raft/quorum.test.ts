import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { majority, reachedByMajority } from "../../../consensus-nodes/raft/quorum.ts";

const values = fc.array(fc.integer({ min: -1, max: 1_000_000 }), { minLength: 1, maxLength: 9 });

describe("a majority", () => {
  test("is more than half, and never more than it must be", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(majority)).toEqual([1, 2, 2, 3, 3, 4, 4]);
  });

  test("shares a voter with every other", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100 }), (voters) => 2 * majority(voters) > voters));
  });
});

describe("what a majority has reached", () => {
  test("goes by numbers, not by how they are spelt: of 10, 9 and -1 it is 9", () => {
    expect(reachedByMajority([10, 9, -1])).toBe(9);
    expect(reachedByMajority([-1, 10, 9])).toBe(9);
    expect(reachedByMajority([100, 20, 3, 20, 100])).toBe(20);
  });

  test("is reached by a majority, and nothing higher is", () => {
    const reachedBy = (all: readonly number[], value: number) => all.filter((other) => other >= value).length;
    fc.assert(
      fc.property(values, (all) => {
        const reached = reachedByMajority(all);
        expect(reachedBy(all, reached)).toBeGreaterThanOrEqual(majority(all.length));
        for (const higher of all.filter((value) => value > reached)) {
          expect(reachedBy(all, higher)).toBeLessThan(majority(all.length));
        }
      }),
    );
  });

  test("does not depend on who is asked first, and leaves the values as they were", () => {
    fc.assert(
      fc.property(values, (all) => {
        const before = [...all];
        expect(reachedByMajority(all.toReversed())).toBe(reachedByMajority(all));
        expect(all).toEqual(before);
      }),
    );
  });
});
