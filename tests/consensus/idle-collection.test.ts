import { expect, test } from "vitest";
import { AFTER_RESTS, IdleCollection, REST_PERIOD } from "../../consensus-nodes/node/idle-collection.ts";

const MIB = 1024 * 1024;

/** @returns how often it collected, for `used` MiB at each look, or as much as there was; `left` MiB stay, by collection. */
function collections(used: readonly (number | undefined)[], ...left: readonly number[]): number[] {
  let now = 0;
  let count = 0;
  const collection = new IdleCollection(
    0,
    () => {
      now = left[count] ?? left.at(-1) ?? 0;
      count += 1;
    },
    () => now * MIB,
  );
  return used.map((mebibytes, look) => {
    now = mebibytes ?? now;
    // Something was asked of it before the first of them.
    for (let rests = 0; rests <= AFTER_RESTS; rests++) collection.rested(look + 1);
    return count;
  });
}

test("what a busy moment has left is collected, and once more what was still in use then", () => {
  expect(collections([100, undefined, undefined, undefined], 90, 40)).toEqual([1, 2, 2, 2]);
});

test("what grows again is collected again", () => {
  expect(collections([100, 41, 42, 60, 41, 42], 40)).toEqual([1, 2, 2, 3, 4, 4]);
});

test.each([
  [90, [false, true]],
  // It would take twice as long.
  [97, [false, false]],
])("of %i MiB that live, the second time is thorough: %j", (lives, expected) => {
  const thoroughly: boolean[] = [];
  const collection = new IdleCollection(
    0,
    (how) => thoroughly.push(how),
    () => lives * MIB,
  );
  for (let rests = 1; rests <= 4 * AFTER_RESTS; rests++) collection.rested(0);
  expect(thoroughly).toEqual(expected);
});

test("a heap that would stop the node for too long is left alone", () => {
  expect(collections([500], 400)).toEqual([0]);
});

test("a node that rested for a moment only is left alone", () => {
  let count = 0;
  const collection = new IdleCollection(
    0,
    () => count++,
    () => 100 * MIB,
  );
  for (let rests = 1; rests < AFTER_RESTS; rests++) collection.rested(0);
  expect(count).toBe(0);
  collection.rested(0);
  expect(count).toBe(1);
});

test("nodes that rest at the same time collect one after the other", () => {
  const at = (id: number) => {
    const collected: number[] = [];
    let now = 0;
    const collection = new IdleCollection(
      id,
      () => collected.push(now),
      () => 50 * MIB,
    );
    for (now = 1; now <= 4 * AFTER_RESTS; now++) collection.rested(0);
    return collected;
  };
  expect([0, 1, 4, REST_PERIOD].map(at)).toEqual([
    [24, 32],
    [25, 33],
    [28, 36],
    [24, 32],
  ]);
});

test("between the calls of a light load nothing is collected, however calm it is", () => {
  const collected: number[] = [];
  let now = 0;
  const collection = new IdleCollection(
    0,
    () => collected.push(now),
    () => 50 * MIB,
  );
  // Something is asked of it at every tenth rest, up to the hundredth.
  for (now = 1; now <= 150; now++) collection.rested(Math.min(Math.floor(now / 10), 10));
  expect(collected).toEqual([124, 132]);
});

test.each([1, 2])("V8's own collector does it, also at time %i", (time) => {
  const before: object[] = Array.from({ length: 10 }, () => ({ bytes: Buffer.alloc(8) }));
  const last = new WeakRef(before.pop() ?? {});
  const collection = new IdleCollection(0, undefined, () => 100 * MIB);
  return new Promise<void>((resolve) => {
    // A reference that was read in this turn is kept for its rest.
    setTimeout(() => {
      for (let rests = 1; rests < AFTER_RESTS + time * REST_PERIOD; rests++) collection.rested(0);
      expect(last.deref()).toBeUndefined();
      resolve();
    });
  });
});
