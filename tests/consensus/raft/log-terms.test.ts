import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ENTRY_OVERHEAD_BYTES, LogTerms, type TermRun } from "../../../consensus-nodes/raft/log-terms.ts";

interface Plain {
  readonly term: number;
  readonly size: number;
}

type Step =
  | { readonly do: "append"; readonly newer: number; readonly size: number }
  | { readonly do: "truncate" | "compact"; readonly at: number }
  | { readonly do: "restart" };

const append = fc.record({
  do: fc.constant("append" as const),
  newer: fc.constantFrom(0, 0, 0, 1, 3),
  size: fc.integer({ min: 0, max: 1000 }),
});
const truncate = fc.record({ do: fc.constant("truncate" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) });
const compact = fc.record({ do: fc.constant("compact" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) });
const restart = fc.record({ do: fc.constant("restart" as const) });
const steps = fc.array<Step>(
  fc.oneof(
    { weight: 60, arbitrary: append },
    { weight: 10, arbitrary: truncate },
    { weight: 10, arbitrary: compact },
    { weight: 1, arbitrary: restart },
  ),
  { maxLength: 60 },
);
const base = fc.constantFrom<TermRun[]>({ index: 0, term: 0 }, { index: 7, term: 2 });

/** Plays the steps on runs and on a plain list of entries, of which the first comes after the base, `from` in the end. */
function play(first: TermRun, all: readonly Step[]): { log: LogTerms; from: TermRun; plain: Plain[] } {
  let from = first;
  const log = new LogTerms(from, [], []);
  const plain: Plain[] = [];
  for (const step of all) {
    if (step.do === "append") {
      const term = (plain.at(-1)?.term ?? from.term) + step.newer;
      expect(log.append(term, step.size)).toBe(from.index + plain.length + 1);
      plain.push({ term, size: step.size });
    } else if (step.do === "restart") {
      from = { index: from.index + 2 * plain.length + 1, term: log.lastTerm + 1 };
      log.restart(from);
      plain.length = 0;
    } else if (step.do === "compact") {
      const gone = Math.min(plain.length, Math.floor(step.at * (plain.length + 1)));
      from = { index: from.index + gone, term: plain[gone - 1]?.term ?? from.term };
      log.compact(from.index);
      plain.splice(0, gone);
    } else if (plain.length > 0) {
      const kept = Math.floor(step.at * plain.length);
      log.truncateFrom(from.index + kept + 1);
      plain.length = kept;
    }
  }
  return { log, from, plain };
}

function expectSame(log: LogTerms, from: TermRun, plain: readonly Plain[]): void {
  const termAt = (index: number) => (index === from.index ? from.term : plain[index - from.index - 1]?.term);
  const last = from.index + plain.length;
  expect(log.lastIndex).toBe(last);
  expect(log.lastTerm).toBe(termAt(last));
  for (let index = Math.max(0, from.index - 1); index <= last + 1; index++) {
    expect(log.term(index)).toBe(termAt(index));
    expect(log.size(index)).toBe(plain[index - from.index - 1]?.size ?? 0);
  }
  for (let index = from.index + 1; index <= last; index++) {
    let first = index;
    while (first > from.index + 1 && termAt(first - 1) === termAt(index)) first--;
    expect(log.firstOfTermAt(index)).toBe(first);
  }
  for (let term = from.term; term <= log.lastTerm + 1; term++) {
    const notAfter = plain.filter((entry) => entry.term <= term).length;
    expect(log.lastNotAfterTerm(term)).toBe(from.index + notAfter);
  }
}

describe("the terms of a log, kept as runs", () => {
  test("are those of the entries, through appending, truncating, compacting and beginning anew", () => {
    fc.assert(
      fc.property(base, steps, (first, all) => {
        const { log, from, plain } = play(first, all);
        expectSame(log, from, plain);
      }),
    );
  });

  test("are the same after a restart from what was stored", () => {
    fc.assert(
      fc.property(base, steps, (first, all) => {
        const { from, plain } = play(first, all);
        const runs = plain
          .map(({ term }, offset) => ({ index: from.index + offset + 1, term }))
          .filter(({ term }, offset) => term !== plain[offset - 1]?.term);
        const sizes = plain.map(({ size }) => size);
        expectSame(new LogTerms(from, runs, sizes), from, plain);
      }),
    );
  });

  test("never go back", () => {
    const log = new LogTerms({ index: 0, term: 0 }, [{ index: 1, term: 4 }], [1, 1]);
    expect(() => log.append(3, 1)).toThrow("terms never go back");
    expect(() => log.truncateFrom(0)).toThrow("cannot truncate");
  });
});

describe("the entries that fit into a message", () => {
  test("are as many as stay within the bytes, but always one", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 5000 }), (all, room) => {
        const appended = all.filter((step) => step.do === "append");
        const { log, plain } = play({ index: 0, term: 0 }, appended);
        for (let first = 1; first <= plain.length; first++) {
          const { last, bytes } = log.fitting(first, plain.length, room);
          const weight = (to: number) =>
            plain.slice(first - 1, to).reduce((sum, { size }) => sum + size + ENTRY_OVERHEAD_BYTES, 0);
          expect(bytes).toBe(weight(last));
          expect(last === first || bytes <= room).toBe(true);
          expect(last === plain.length || weight(last + 1) > room).toBe(true);
        }
      }),
    );
  });
});
