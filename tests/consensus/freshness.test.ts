import { describe, expect, test } from "vitest";
import { Freshness } from "../../consensus-nodes/replica/freshness.ts";

describe("the age of a follower's state", () => {
  test("counts from when a leader told how far is committed, once as much is applied", () => {
    const freshness = new Freshness();
    expect(freshness.age(1000)).toBeUndefined();
    freshness.heard(5, 1000, 4);
    expect(freshness.age(1010)).toBeUndefined();
    freshness.applied(5);
    expect(freshness.age(1030)).toBe(30);
  });

  test("grows while the node lags, and while nothing is heard, a paused process included", () => {
    const freshness = new Freshness();
    freshness.heard(5, 1000, 5);
    freshness.heard(9, 1100, 5);
    freshness.heard(20, 1200, 5);
    freshness.applied(8);
    expect(freshness.age(1300)).toBe(300);
    freshness.applied(9);
    expect(freshness.age(1300)).toBe(200);
    freshness.applied(25);
    expect(freshness.age(1300)).toBe(100);
    expect(freshness.age(99_000)).toBe(97_800);
  });

  test("is never younger than a node that keeps up under load, however far behind the newest word it is", () => {
    const freshness = new Freshness();
    for (let now = 1; now <= 1000; now++) {
      freshness.heard(now * 10, now, now * 10 - 15);
      const age = freshness.age(now);
      if (now > 5) expect(age).toBeLessThanOrEqual(4);
      if (age !== undefined) expect(age).toBeGreaterThanOrEqual(1);
    }
  });
});

describe("the age of a leader's state", () => {
  test("counts from when a majority answered last", () => {
    const freshness = new Freshness();
    expect(freshness.ageOfLeader(1000, [1, 2, 3, 4])).toBeUndefined();
    freshness.answered(1, 900);
    freshness.answered(2, 950);
    freshness.answered(3, 990);
    expect(freshness.ageOfLeader(1000, [1, 2, 3, 4])).toBe(50);
    freshness.lost();
    expect(freshness.ageOfLeader(1000, [1, 2, 3, 4])).toBeUndefined();
  });

  test("is nothing where the leader is alone", () => {
    expect(new Freshness().ageOfLeader(1000, [])).toBe(0);
  });
});
