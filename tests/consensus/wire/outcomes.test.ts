/** What a node answers is what its client reads; what is no answer is taken for one that never came. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BatchOutcome } from "../../../consensus-nodes/wire/batch.ts";
import { decodeBatchOutcome } from "../../../consensus-nodes/wire/batch-outcome.ts";
import { failureKinds } from "../../../consensus-nodes/wire/failure-kind.ts";
import { decodeQueryOutcome, type QueryOutcome } from "../../../consensus-nodes/wire/query-outcome.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));
const value = fc.json().map((text): unknown => JSON.parse(text));
const result = fc.oneof(
  fc.constant({}),
  fc.record({ v: value }),
  fc.record({ e: fc.constantFrom(...failureKinds, "NoSession" as const), m: fc.string() }),
);
const leader = fc.nat({ max: 100 });
const batchOutcome: fc.Arbitrary<BatchOutcome> = fc.oneof(
  fc.record({ ok: fc.constant(true as const), leader, index: fc.maxSafeNat(), results: fc.array(result) }),
  fc.record({
    ok: fc.constant(false as const),
    refusal: fc.constantFrom("NotLeader", "Overloaded", "Invalid", "Undecided"),
    leader: fc.option(leader),
    message: fc.string(),
  }),
);
const queryOutcome: fc.Arbitrary<QueryOutcome> = fc.oneof(
  fc.record({ ok: fc.constant(true as const), v: value }),
  fc.record({ ok: fc.constant(true as const), v: value, age: fc.nat() }),
  fc.constant({ ok: true as const }),
  fc.record({ ok: fc.constant(false as const), e: fc.constantFrom(...failureKinds), m: fc.string() }),
);

test("the outcome of a batch is read as it was written", () => {
  fc.assert(
    fc.property(batchOutcome, (outcome) => {
      expect(decodeBatchOutcome(encode(outcome))).toEqual(JSON.parse(JSON.stringify(outcome)));
    }),
  );
});

test("the outcome of a query is read as it was written", () => {
  fc.assert(
    fc.property(queryOutcome, (outcome) => {
      expect(decodeQueryOutcome(encode(outcome))).toEqual(JSON.parse(JSON.stringify(outcome)));
    }),
  );
});

describe("what is no outcome", () => {
  const done = { ok: true, leader: 0, index: 1, results: [{ v: 1 }] };
  test.each([
    ["is no JSON", "{"],
    ["is no object", "7"],
    ["is null", "null"],
    ["does not say whether it was done", { ...done, ok: "yes" }],
    ["has no leader", { ...done, leader: undefined }],
    ["has half an index", { ...done, index: 1.5 }],
    ["has results that are no list", { ...done, results: { 0: { v: 1 } } }],
    ["has a result that is none", { ...done, results: [{ v: 1 }, null] }],
    ["has a failure of no known kind", { ...done, results: [{ e: "Bad", m: "" }] }],
    ["has a failure without words", { ...done, results: [{ e: "Invalid" }] }],
    ["was refused for no known reason", { ok: false, refusal: "Why", leader: null, message: "" }],
  ])("of a batch, as it %s, leaves the batch undecided", (_, written) => {
    const bytes = typeof written === "string" ? Buffer.from(written) : encode(written);
    expect(decodeBatchOutcome(bytes)).toMatchObject({ ok: false, refusal: "Undecided", leader: null });
  });

  test.each([
    ["is no JSON", "{"],
    ["is null", "null"],
    ["does not say whether there is an answer", { v: 1 }],
    ["is of an age that none has", { ok: true, v: 1, age: -1 }],
    ["is as old as a word", { ok: true, v: 1, age: "2" }],
    ["is a failure of no known kind", { ok: false, e: "Bad", m: "" }],
  ])("of a query, as it %s, is a timeout", (_, written) => {
    const bytes = typeof written === "string" ? Buffer.from(written) : encode(written);
    expect(decodeQueryOutcome(bytes)).toMatchObject({ ok: false, e: "Timeout" });
  });
});
