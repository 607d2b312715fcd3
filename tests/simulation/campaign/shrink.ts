/** The fewest faults of a failing seed with which it still fails (Zeller's ddmin). The seed, and with it all else, stays. */
import { drawRun } from "../simulation.ts";
import { attempt } from "./attempt.ts";

/** Runs at most: some seconds. */
const MAX_RUNS = 300;

export interface Shrunk {
  /** Places in the list of faults that the seed draws. */
  readonly places: readonly number[];
  readonly reason: string;
}

/** @param reason why it fails with all its faults. */
export async function shrink(seed: number, reason: string, planted?: string): Promise<Shrunk> {
  const { faults } = drawRun(seed);
  let runs = 0;
  let best: Shrunk = { places: faults.map((_, place) => place), reason };
  const fails = async (places: readonly number[]): Promise<boolean> => {
    if (runs >= MAX_RUNS) return false;
    runs += 1;
    const kept = places.flatMap((place) => faults[place] ?? []);
    const attempted = await attempt({ seed, faults: kept, ...(planted !== undefined && { planted }) });
    if (!attempted.ok) best = { places, reason: attempted.reason };
    return !attempted.ok;
  };
  if (await fails([])) return best;
  for (let parts = 2; best.places.length > 1; ) {
    const size = Math.ceil(best.places.length / parts);
    let smaller = false;
    for (let from = 0; from < best.places.length && !smaller; from += size) {
      const { places } = best;
      smaller = await fails([...places.slice(0, from), ...places.slice(from + size)]);
    }
    if (smaller) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(parts * 2, best.places.length);
  }
  return best;
}
