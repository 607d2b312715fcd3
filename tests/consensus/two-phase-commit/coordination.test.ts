import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Coordination, type Step } from "../../../consensus-nodes/two-phase-commit/coordination.ts";

const names = ["a", "b", "c"];
const input = fc.oneof(
  fc.record({ type: fc.constant("voted" as const), name: fc.constantFrom(...names), yes: fc.boolean() }),
  fc.record({ type: fc.constant("late" as const) }),
  fc.record({ type: fc.constant("decided" as const), commit: fc.boolean() }),
  fc.record({ type: fc.constant("acknowledged" as const), name: fc.constantFrom(...names) }),
);

describe("a coordination", () => {
  test("asks for a commit only when all have said yes, decides once, tells only what is logged", () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 20 }), (inputs) => {
        const coordination = new Coordination("t1", names);
        const votes = new Map<string, boolean>();
        const steps: Step[] = [];
        let logged: boolean | undefined;
        for (const event of inputs) {
          let step: Step | undefined;
          if (event.type === "voted") {
            if (!votes.has(event.name)) votes.set(event.name, event.yes);
            step = coordination.voted(event.name, event.yes, "why");
          } else if (event.type === "late") step = coordination.late();
          else if (event.type === "decided") {
            logged ??= event.commit;
            step = coordination.decided(event.commit);
          } else step = coordination.acknowledged(event.name);
          if (step === undefined) continue;
          if (step.type === "decide" && step.commit) expect(names.every((name) => votes.get(name))).toBe(true);
          if (step.type === "tell") expect(step.commit).toBe(logged);
          steps.push(step);
        }
        for (const type of ["decide", "tell", "end"]) {
          expect(steps.filter((step) => step.type === type).length).toBeLessThanOrEqual(1);
        }
        const told = inputs.findIndex(({ type }) => type === "decided");
        if (steps.some(({ type }) => type === "end")) expect(told).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  test("counts who is silent as a no, and says who", () => {
    const coordination = new Coordination("t1", names);
    coordination.voted("b", true, "");
    expect(coordination.late()).toEqual({ type: "decide", commit: false });
    expect(coordination.reason).toBe("no vote in time from a, c");
  });

  test("takes the decision that stands in the log, even if it wanted the other", () => {
    const coordination = new Coordination("t1", ["a"]);
    expect(coordination.voted("a", true, "")).toEqual({ type: "decide", commit: true });
    expect(coordination.decided(false)).toEqual({ type: "tell", commit: false });
    expect(coordination.acknowledged("a")).toEqual({ type: "end" });
  });

  test("refuses to be without participants, and to name one twice", () => {
    expect(() => new Coordination("t1", [])).toThrow("no participants");
    expect(() => new Coordination("t1", ["a", "a"])).toThrow("twice");
  });
});
