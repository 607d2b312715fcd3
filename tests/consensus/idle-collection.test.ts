import { expect, test } from "vitest";
import { AFTER_RESTS, IdleCollection } from "../../consensus-nodes/node/idle-collection.ts";

const MIB = 1024 * 1024;

/** @returns how often it collected, for `used` MiB at each look; `left` MiB stay. */
function collections(used: readonly number[], left: number): number[] {
  let now = 0;
  let count = 0;
  const collection = new IdleCollection(
    () => {
      count += 1;
      now = left;
    },
    () => now * MIB,
  );
  return used.map((mebibytes) => {
    now = mebibytes;
    for (let rests = 1; rests <= AFTER_RESTS; rests++) collection.rested(rests);
    return count;
  });
}

test("what a busy moment has left is collected once", () => {
  expect(collections([100, 41, 42], 40)).toEqual([1, 1, 1]);
});

test("what grows again is collected again", () => {
  expect(collections([100, 60], 40)).toEqual([1, 2]);
});

test("a heap that would stop the node for too long is left alone", () => {
  expect(collections([500], 400)).toEqual([0]);
});

test("a node that rested for a moment only is left alone", () => {
  let count = 0;
  const collection = new IdleCollection(
    () => count++,
    () => 100 * MIB,
  );
  for (let rests = 1; rests < AFTER_RESTS; rests++) collection.rested(rests);
  expect(count).toBe(0);
  collection.rested(AFTER_RESTS);
  expect(count).toBe(1);
});

test("V8's own collector does it", () => {
  const before: object[] = Array.from({ length: 10 }, () => ({ bytes: Buffer.alloc(8) }));
  const last = new WeakRef(before.pop() ?? {});
  const collection = new IdleCollection(undefined, () => 100 * MIB);
  return new Promise<void>((resolve) => {
    // A reference that was read in this turn is kept for its rest.
    setTimeout(() => {
      collection.rested(AFTER_RESTS);
      expect(last.deref()).toBeUndefined();
      resolve();
    });
  });
});
