import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  MAX_INFLIGHT_BYTES,
  MAX_INFLIGHT_MESSAGES,
  MAX_MESSAGE_BYTES,
  Progress,
} from "../../../consensus-nodes/raft/progress.ts";

type Step =
  | { readonly do: "send"; readonly entries: number; readonly bytes: number }
  | { readonly do: "acknowledge" | "refuse"; readonly at: number }
  | { readonly do: "disconnect" };

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      entries: fc.integer({ min: 1, max: 5 }),
      bytes: fc.constantFrom(0, 100, MAX_MESSAGE_BYTES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), at: fraction }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refuse" as const), at: fraction }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("disconnect" as const) }) },
);

describe("what is under way to a follower", () => {
  test("never passes the window, whatever it answers; and 0 <= match < next", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const progress = new Progress(1);
        let underWay: { last: number; bytes: number }[] = [];
        for (const each of steps) {
          switch (each.do) {
            case "send":
              if (!progress.windowOpen) break;
              underWay.push({ last: progress.next + each.entries - 1, bytes: each.bytes });
              progress.sent(progress.next + each.entries - 1, each.bytes, 0);
              break;
            case "acknowledge":
              progress.acknowledged(Math.floor(each.at * (progress.next - 1)));
              underWay = underWay.filter(({ last }) => last > progress.match);
              break;
            case "refuse": {
              const refused = Math.floor(each.at * (progress.next - 1));
              if (!progress.concerns(refused)) break;
              progress.probe(refused);
              underWay = [];
              break;
            }
            case "disconnect":
              progress.probe(0);
              underWay = [];
          }
          const bytes = underWay.reduce((sum, message) => sum + message.bytes, 0);
          expect(underWay.length).toBeLessThanOrEqual(MAX_INFLIGHT_MESSAGES);
          expect(bytes).toBeLessThan(MAX_INFLIGHT_BYTES + MAX_MESSAGE_BYTES);
          expect(progress.match).toBeGreaterThanOrEqual(0);
          expect(progress.match).toBeLessThan(progress.next);
        }
      }),
    );
  });

  test("opens the window again as it is acknowledged, the oldest first", () => {
    const progress = replicating();
    for (let i = 1; i <= MAX_INFLIGHT_MESSAGES; i++) {
      expect(progress.windowOpen).toBe(true);
      progress.sent(progress.next, 10, 0);
    }
    expect(progress.windowOpen).toBe(false);
    progress.acknowledged(1);
    expect(progress.windowOpen).toBe(true);
  });
});

describe("a heartbeat", () => {
  test("takes no room in the window, and ends no probe", () => {
    for (const progress of [replicating(), new Progress(50)]) {
      for (let i = 0; i < 2 * MAX_INFLIGHT_MESSAGES; i++) progress.sent(progress.next - 1, 0, 0);
      expect(progress.windowOpen).toBe(true);
    }
  });
});

describe("a follower that is probed", () => {
  test("is sent one message with entries, and by any success goes on from what matches", () => {
    const progress = new Progress(50);
    expect(progress.windowOpen).toBe(true);
    progress.sent(60, 10, 0);
    expect(progress).toMatchObject({ windowOpen: false, next: 50 });
    progress.acknowledged(20);
    expect(progress).toMatchObject({ state: "replicate", match: 20, next: 21, windowOpen: true });
  });

  test("refuses only what it was asked last; an older refusal is no news", () => {
    const progress = new Progress(50);
    expect(progress.concerns(49)).toBe(true);
    expect(progress.concerns(30)).toBe(false);
    progress.probe(10);
    expect(progress.concerns(49)).toBe(false);
    expect(progress.concerns(9)).toBe(true);
  });
});

describe("a follower that matched", () => {
  test("refuses nothing that it acknowledged", () => {
    const progress = replicating();
    progress.sent(10, 10, 0);
    progress.acknowledged(7);
    expect(progress.concerns(7)).toBe(false);
    expect(progress.concerns(8)).toBe(true);
    progress.probe(3);
    expect(progress).toMatchObject({ state: "probe", next: 8 });
    expect(progress.concerns(7)).toBe(false);
  });
});

function replicating(): Progress {
  const progress = new Progress(1);
  progress.acknowledged(0);
  return progress;
}
