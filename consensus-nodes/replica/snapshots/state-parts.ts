/** The order of what makes up an applied state, in a snapshot: `{"part": …}`, then its values; the machine last. */
import * as z from "zod";

const smallParts = ["sessions", "keyed", "promises"] as const;
type SmallPart = (typeof smallParts)[number];

const Marker = z.object({ part: z.enum([...smallParts, "machine"]) });

export type StateParts = Readonly<Record<SmallPart | "machine", Iterable<unknown>>>;

export function* joinParts(parts: StateParts): Iterable<unknown> {
  for (const part of [...smallParts, "machine"] as const) {
    yield { part };
    yield* parts[part];
  }
}

/** Hands each value of the small parts to its taker, then the rest to the machine's. @throws {Error} on another order. */
export function splitParts(
  values: Iterable<unknown>,
  takers: Readonly<Record<SmallPart, (value: unknown) => void>> & {
    readonly machine: (values: Iterable<unknown>) => void;
  },
): void {
  const iterator = values[Symbol.iterator]();
  let taker: ((value: unknown) => void) | undefined;
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    // Values of the small parts are arrays, so a marker is not mistaken for one.
    const marker = Marker.safeParse(next.value);
    if (marker.success && marker.data.part === "machine") {
      takers.machine({ [Symbol.iterator]: () => iterator });
      return;
    }
    if (marker.success && marker.data.part !== "machine") taker = takers[marker.data.part];
    else if (taker === undefined) throw new Error("a value stands before its part");
    else taker(next.value);
  }
  throw new Error("the machine's part is missing");
}
