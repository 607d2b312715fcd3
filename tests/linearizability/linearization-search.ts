/**
 * Looks for an order of the operations on one key that the model allows and that respects real time: what returned before
 * another was called comes before it. Depth first, after Wing & Gong ("Testing and verifying concurrent objects", 1993), with
 * Lowe's memory of configurations seen ("Testing for linearizability", 2017).
 *
 * Open operations (no return) would double the search each, as they may also be left out. Three facts keep them cheap:
 *   - taking one that leaves the state as it is gains nothing;
 *   - of those with equal inputs the one called first may always be taken first;
 *   - what can be done after taking some of them can be done after taking fewer, when state and closed operations are the same.
 */
import { hash } from "node:crypto";
import type { History } from "./history.ts";
import type { Model } from "./model.ts";
import { OperationSet } from "./operation-set.ts";

export type SearchResult<State> =
  | { readonly verdict: "ok" | "unknown"; readonly steps: number }
  | {
      readonly verdict: "bad";
      readonly steps: number;
      /** The longest order found, as places in the history. No order holds more closed operations. */
      readonly prefix: readonly number[];
      readonly state: State;
      /** What real time lets come next, and the model does not. */
      readonly stuck: readonly number[];
    };

/** Characters. Longer keys of states are remembered by their digest, so that a budget of steps is one of memory too. */
const MAX_REMEMBERED_KEY = 64;

/**
 * Shares of what is left of the budget, and how many open operations may be taken in a row. Where their order shows (texts
 * that are appended) there are factorially many rows of them, and an honest history hardly ever needs two together.
 */
const ATTEMPTS = [
  [0.3, 1],
  [0.5, 2],
  [1, Infinity],
] as const;

interface Frame<State> {
  readonly state: State;
  /** What may come next in real time. */
  readonly candidates: readonly number[];
  /** Open operations taken since the last closed one. */
  readonly openInARow: number;
  cursor: number;
  /** Taken on the way to the next frame. */
  taken: number | undefined;
}

/** @param history of one key, in the order of its calls @param budget in steps of the model and comparisons of configurations */
export function searchLinearization<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  budget: number,
): SearchResult<State> {
  let steps = 0;
  for (const [share, openInARow] of ATTEMPTS) {
    const search = new LinearizationSearch(history, model, Math.ceil((budget - steps) * share), openInARow);
    const result = search.run();
    steps += result.steps;
    const final = result.verdict === "ok" || (result.verdict === "bad" && !search.limited);
    if (final || share === 1) return { ...result, steps };
  }
  throw new Error("the last attempt is without limits");
}

class LinearizationSearch<State, Input, Output> {
  private readonly history: History<Input, Output>;
  private readonly model: Model<State, Input, Output>;
  private readonly budget: number;
  private readonly maxOpenInARow: number;
  private steps = 0;
  /** Whether an open operation was left aside for coming after too many others. */
  limited = false;
  /** Closed operations that are not in the order yet, by call. */
  private readonly closed: OperationSet;
  private readonly open: readonly number[];
  /** Of an open operation: the one before it with an equal input. */
  private readonly twins = new Map<number, number>();
  /** Open operations in the order, a bit for each place in `open`. */
  private openTaken = 0n;
  private readonly openBits = new Map<number, bigint>();
  /** Sets of open operations taken, none within another, by what was reached with them: state and closed operations. */
  private readonly seen = new Map<string, bigint[]>();
  /** States by number: keys of `seen` stay short. */
  private readonly stateNumbers = new Map<string, number>();
  private longest: { prefix: number[]; state: State; stuck: readonly number[]; left: number } | undefined;

  constructor(
    history: History<Input, Output>,
    model: Model<State, Input, Output>,
    budget: number,
    maxOpenInARow: number,
  ) {
    this.history = history;
    this.model = model;
    this.budget = budget;
    this.maxOpenInARow = maxOpenInARow;
    const places = [...history.keys()];
    const closed = places.filter((place) => this.returnOf(place) < Infinity);
    this.closed = new OperationSet(closed, history.length);
    this.open = places.filter((place) => this.returnOf(place) === Infinity);
    const latest = new Map<string, number>();
    for (const [bit, place] of this.open.entries()) {
      this.openBits.set(place, 1n << BigInt(bit));
      const input = JSON.stringify(this.at(place).input);
      const twin = latest.get(input);
      if (twin !== undefined) this.twins.set(place, twin);
      latest.set(input, place);
    }
  }

  run(): SearchResult<State> {
    const frames: Frame<State>[] = [];
    this.enter(frames, this.model.initial, 0);
    while (this.closed.size > 0) {
      const frame = frames.at(-1);
      if (frame === undefined) return this.bad();
      if (this.steps >= this.budget) return { verdict: "unknown", steps: this.steps };
      if (frame.taken !== undefined) this.putBack(frame.taken);
      frame.taken = undefined;
      const place = frame.candidates[frame.cursor++];
      if (place === undefined) {
        frames.pop();
        continue;
      }
      const next = this.step(frame.state, place);
      if (next === undefined) continue;
      this.take(place);
      frame.taken = place;
      const openInARow = this.openBits.has(place) ? frame.openInARow + 1 : 0;
      if (this.isNew(next, openInARow)) this.enter(frames, next, openInARow);
    }
    return { verdict: "ok", steps: this.steps };
  }

  private enter(frames: Frame<State>[], state: State, openInARow: number): void {
    const possible = this.possible();
    if (this.longest === undefined || this.closed.size < this.longest.left) {
      const prefix = frames.flatMap(({ taken }) => taken ?? []);
      this.longest = { prefix, state, stuck: possible, left: this.closed.size };
    }
    let candidates = this.worthwhile(state, possible);
    if (openInARow >= this.maxOpenInARow) {
      const closed = candidates.filter((place) => !this.openBits.has(place));
      this.limited ||= closed.length < candidates.length;
      candidates = closed;
    }
    frames.push({ state, candidates, openInARow, cursor: 0, taken: undefined });
  }

  /** Everything that no operation still to be ordered returned before. */
  private possible(): number[] {
    const possible: number[] = [];
    let firstReturn = Infinity;
    for (let place = this.closed.first(); place !== undefined; place = this.closed.after(place)) {
      // Whatever is called later than this has a later return too: it cannot make a difference.
      if (this.at(place).call > firstReturn) break;
      firstReturn = Math.min(firstReturn, this.returnOf(place));
      possible.push(place);
    }
    for (const place of this.open) {
      if (this.at(place).call <= firstReturn && !this.isOpenTaken(place)) possible.push(place);
    }
    return possible;
  }

  /** A read that fits is taken at once, without alternatives: taking it later allows nothing more. One that does not fit is out. */
  private worthwhile(state: State, possible: readonly number[]): readonly number[] {
    const changes: number[] = [];
    for (const place of possible) {
      if (!this.model.readOnly(this.at(place).input)) changes.push(place);
      else if (this.step(state, place) !== undefined) return [place];
    }
    return changes.filter((place) => {
      const twin = this.twins.get(place);
      return twin === undefined || this.isOpenTaken(twin);
    });
  }

  private step(state: State, place: number): State | undefined {
    this.steps += 1;
    const { input, output } = this.at(place);
    const next = this.model.step(state, input, output);
    if (next === undefined || !this.openBits.has(place)) return next;
    return this.model.stateKey(next) === this.model.stateKey(state) ? undefined : next;
  }

  /** Whether the configuration is worth a look; remembered when it is. */
  private isNew(state: State, openInARow: number): boolean {
    const stateKey = shortened(this.model.stateKey(state));
    const number = this.stateNumbers.get(stateKey) ?? this.stateNumbers.size;
    this.stateNumbers.set(stateKey, number);
    // Without a limit the row is of no importance: what can be done after it is the same.
    const row = this.maxOpenInARow === Infinity ? 0 : openInARow;
    const reached = `${number}:${row}:${this.closed.fingerprint()}`;
    const seen = this.seen.get(reached) ?? [];
    this.steps += seen.length;
    if (seen.some((fewer) => (fewer & this.openTaken) === fewer)) return false;
    const kept = seen.filter((more) => (more & this.openTaken) !== this.openTaken);
    kept.push(this.openTaken);
    this.seen.set(reached, kept);
    return true;
  }

  private take(place: number): void {
    const bit = this.openBits.get(place);
    if (bit === undefined) this.closed.take(place);
    else this.openTaken |= bit;
  }

  /** In the opposite order of taking. */
  private putBack(place: number): void {
    const bit = this.openBits.get(place);
    if (bit === undefined) this.closed.putBack(place);
    else this.openTaken &= ~bit;
  }

  private isOpenTaken(place: number): boolean {
    return (this.openTaken & (this.openBits.get(place) ?? 0n)) !== 0n;
  }

  private bad(): SearchResult<State> {
    if (this.longest === undefined) throw new Error("a search that ends has entered its first frame");
    const { prefix, state, stuck } = this.longest;
    return { verdict: "bad", steps: this.steps, prefix, state, stuck };
  }

  private returnOf(place: number): number {
    return this.at(place).return ?? Infinity;
  }

  private at(place: number): History<Input, Output>[number] {
    const operation = this.history[place];
    if (operation === undefined) throw new Error(`no operation ${place} in a history of ${this.history.length}`);
    return operation;
  }
}

function shortened(stateKey: string): string {
  return stateKey.length <= MAX_REMEMBERED_KEY ? stateKey : `#${hash("sha256", stateKey, "base64")}`;
}
