import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_OUTCOMES, MAX_PREPARED, Promises } from "../../../consensus-nodes/two-phase-commit/promises.ts";

/** What was promised and told, as plain lists: the slow and obvious way. */
class Model {
  prepared: { readonly id: string; readonly keys: readonly string[]; readonly redo: string }[] = [];
  outcomes = new Map<string, boolean>();

  prepare(id: string, keys: readonly string[], redo: string): "yes" | "no" | "locked" {
    const known = this.prepared.find((promise) => promise.id === id);
    if (known !== undefined) return known.redo === redo ? "yes" : "no";
    if (this.outcomes.has(id)) return this.outcomes.get(id) ? "yes" : "no";
    if (this.prepared.some((promise) => promise.keys.some((key) => keys.includes(key)))) return "locked";
    this.prepared.push({ id, keys, redo });
    return "yes";
  }

  decide(id: string, commit: boolean): "decided" | "repeated" | "contradiction" {
    if (this.outcomes.has(id)) return this.outcomes.get(id) === commit ? "repeated" : "contradiction";
    const known = this.prepared.some((promise) => promise.id === id);
    if (!known && commit) return "contradiction";
    this.prepared = this.prepared.filter((promise) => promise.id !== id);
    this.outcomes.set(id, commit);
    return known ? "decided" : "repeated";
  }
}

const id = fc.constantFrom("t1", "t2", "t3", "t4");
const keys = fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 2 });
const step = fc.oneof(
  fc.record({ type: fc.constant("prepare" as const), id, keys, redo: fc.constantFrom("x", "y") }),
  fc.record({ type: fc.constant("decide" as const), id, commit: fc.boolean() }),
);

const yes = (promises: Promises<string>, name: string, locks: readonly string[] = []) =>
  promises.prepare({ id: name, keys: locks, redo: "x" }).yes;

describe("promises", () => {
  test("are kept, refused and ended as a naive model has it, whatever comes in whatever order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const promises = new Promises<string>();
        const model = new Model();
        for (const [time, step] of steps.entries()) {
          if (step.type === "prepare") {
            const vote = promises.prepare({ id: step.id, keys: step.keys, redo: step.redo });
            const found = vote.yes ? "yes" : vote.locked ? "locked" : "no";
            expect(found).toBe(model.prepare(step.id, step.keys, step.redo));
          } else {
            expect(promises.decide(step.id, step.commit, time).kind).toBe(model.decide(step.id, step.commit));
          }
          expect([...promises.prepared]).toEqual(model.prepared.map((promise) => promise.id));
          for (const key of ["a", "b", "c"]) {
            const holder = model.prepared.find((promise) => promise.keys.includes(key))?.id;
            expect(promises.holder([key])).toBe(holder);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("that come after the abort are refused, although nothing was promised before it", () => {
    const promises = new Promises<string>();
    promises.decide("t1", false, 0);
    expect(yes(promises, "t1", ["a"])).toBe(false);
    expect(promises.holder(["a"])).toBeUndefined();
  });

  test("are bounded: one too many may be asked for again", () => {
    const promises = new Promises<string>();
    for (let number = 0; number < MAX_PREPARED; number++) expect(yes(promises, `t${number}`)).toBe(true);
    expect(promises.prepare({ id: "more", keys: [], redo: "x" })).toMatchObject({ yes: false, locked: true });
  });

  test("leave outcomes that are bounded in number and time, the oldest going first", () => {
    const promises = new Promises<string>();
    for (let number = 0; number <= MAX_OUTCOMES; number++) promises.decide(`t${number}`, false, 0);
    expect(promises.outcome("t0")).toBeUndefined();
    expect(promises.outcome("t1")).toBe(false);
    promises.decide("late", false, 25 * 3600 * 1000);
    expect(promises.outcome(`t${MAX_OUTCOMES}`)).toBeUndefined();
    expect(promises.outcome("late")).toBe(false);
  });

  test("of an open decision door note a commit they never heard of", () => {
    expect(new Promises<string>().decide("t1", true, 0).kind).toBe("contradiction");
    expect(new Promises<string>({ acceptUnprepared: true }).decide("t1", true, 0).kind).toBe("repeated");
  });
});
