import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StoredEntry } from "../../../consensus-nodes/replica/log-storage.ts";
import { LocalParticipant } from "../../../consensus-nodes/two-phase-commit/local-participant.ts";
import { VoteOnly } from "../../../consensus-nodes/two-phase-commit/local-resource.ts";
import { PromiseLog } from "../../../consensus-nodes/two-phase-commit/promise-log.ts";
import { logFolder, openLog } from "../log-folder.ts";

const CHECKPOINT_AFTER = 6;
/** Longer than what one part of a checkpoint holds, in all. */
const operationOf = (id: string) => id.padEnd(50, "x");

/** Room for a part of a checkpoint. */
const segmentBytes = 512 * 1024;

function opened(folder: string) {
  const storage = openLog(folder, { segmentBytes, covered: Number.POSITIVE_INFINITY });
  const participant = new LocalParticipant({
    storage,
    resources: [new VoteOnly(() => false)],
    now: () => 1_700_000_000_000,
    onStep: () => {},
    checkpointAfter: CHECKPOINT_AFTER,
  });
  return { storage, participant };
}

type Action =
  | { readonly type: "prepare"; readonly id: string }
  | { readonly type: "decide"; readonly id: string; readonly commit: boolean }
  | { readonly type: "restart" };

const id = fc.integer({ min: 0, max: 12 }).map((number) => `t${number}`);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("prepare" as const), id }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant("decide" as const), id, commit: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
);

describe("what a node promised, in a log that is begun anew again and again", () => {
  test("outlives every restart, as do the outcomes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
        const folder = logFolder();
        let node = opened(folder);
        const prepared = new Set<string>();
        const outcomes = new Map<string, boolean>();
        for (const one of [...actions, { type: "restart" } as const]) {
          if (one.type === "prepare") {
            const vote = await node.participant.prepare(one.id, "0", operationOf(one.id));
            expect(vote.yes).toBe(outcomes.get(one.id) ?? true);
            if (!outcomes.has(one.id)) prepared.add(one.id);
          } else if (one.type === "decide") {
            const known = outcomes.get(one.id);
            const { kind } = await node.participant.decide(one.id, one.commit);
            expect(kind).toBe(known === undefined || known === one.commit ? "acknowledged" : "contradiction");
            prepared.delete(one.id);
            outcomes.set(one.id, known ?? one.commit);
          } else {
            await node.storage.close();
            node = opened(folder);
          }
          expect(new Set(node.participant.waiting)).toEqual(prepared);
        }
        for (const [id, commit] of outcomes) {
          expect((await node.participant.decide(id, !commit)).kind).toBe("contradiction");
        }
        await node.storage.close();
      }),
      { numRuns: 60 },
    );
  });

  test("takes no more room than what counts, and some", async () => {
    const folder = logFolder();
    const { storage, participant } = opened(folder);
    for (let round = 0; round < 3000; round++) {
      await participant.prepare(`t${round}`, "0", operationOf(`t${round}`));
      await participant.decide(`t${round}`, true);
    }
    await storage.close();
    const [oldest = ""] = readdirSync(folder).sort();
    expect(Number(/\d+/.exec(oldest)?.[0])).toBeGreaterThan(1);
    const again = opened(folder);
    expect((await again.participant.decide("t0", false)).kind).toBe("contradiction");
    await again.storage.close();
  });

  test("is refused when its beginning is gone and no checkpoint makes up for it", async () => {
    const folder = logFolder();
    const storage = openLog(folder);
    const nothing = { onRecord: () => {}, onCheckpoint: () => {}, capture: () => [] };
    const log = new PromiseLog({ storage, ...nothing });
    for (let number = 0; number < 40; number++) await log.write({ number, text: "x".repeat(100) }, 1);
    storage.compact(20);
    await storage.close();
    const again = openLog(folder, { covered: Number.POSITIVE_INFINITY });
    expect(() => new PromiseLog({ storage: again, ...nothing })).toThrow("has lost its beginning");
    await again.close();
  });

  test("counts a checkpoint only when it is there with all its parts", async () => {
    const folder = logFolder();
    const storage = openLog(folder, { segmentBytes });
    const values = Array.from({ length: 20 }, (_, number) => `${number}`.padEnd(40_000, "x"));
    const log = new PromiseLog({
      storage,
      onRecord: () => {},
      onCheckpoint: () => {},
      capture: () => values,
      checkpointAfter: 3,
    });
    for (let number = 1; number <= 3; number++) await log.write({ number }, 1);
    await log.write({ number: 4 }, 1);
    await storage.close();

    const taken: unknown[] = [];
    const seen = {
      onRecord: (record: unknown) => taken.push(record),
      onCheckpoint: (found: readonly unknown[]) => taken.splice(0, taken.length, ...found),
    };
    const whole = openLog(folder, { segmentBytes, covered: Number.POSITIVE_INFINITY });
    new PromiseLog({ storage: whole, ...seen, capture: () => [] });
    expect(taken).toEqual([...values, { number: 4 }]);
    await whole.close();

    // The same, but the power went before the last part.
    const cut = logFolder();
    const entries: StoredEntry[] = [];
    const partly = openLog(cut, { segmentBytes });
    const source = openLog(folder, { segmentBytes, covered: Number.POSITIVE_INFINITY });
    for (let index = 1; index <= 5; index++) entries.push(...source.read(index, index, 1));
    await new Promise<void>((resolve) => partly.persist({ entries }, resolve));
    await source.close();
    await partly.close();
    taken.length = 0;
    const torn = openLog(cut, { segmentBytes, covered: Number.POSITIVE_INFINITY });
    new PromiseLog({ storage: torn, ...seen, capture: () => [] });
    expect(taken).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
    await torn.close();
  });
});
