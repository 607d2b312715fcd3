/**
 * The configurations in a log. The newest one counts, committed or not; when its entry is truncated, the one before counts again
 * (dissertation, section 4.1):
 *
 *     index          1 2 3 4 5 6        up to 3: {a, b, c} of the founding
 *     configuration        ^ ^          at 4 {a, b, c, d}, at 5 {b, c, d}; truncated from 5 on: {a, b, c, d}
 */
import { invariant } from "./invariant.ts";
import { type Configuration, type PlacedConfiguration, votersOf } from "./membership.ts";
import type { NodeId } from "./message.ts";

interface Placed extends PlacedConfiguration {
  readonly voters: readonly NodeId[];
}

export class ConfigurationLog {
  /** Indexes strictly increase. The first one is committed. */
  #placed: readonly [Placed, ...Placed[]];

  /** @param later those after `first`, and perhaps some before it, ascending. */
  constructor(first: PlacedConfiguration, later: readonly PlacedConfiguration[]) {
    this.#placed = [withVoters(first)];
    for (const { index, configuration } of later) if (index > first.index) this.append(index, configuration);
  }

  get newest(): Placed {
    return this.#placed.at(-1) ?? this.#placed[0];
  }

  /** All that are known, the newest last. */
  get all(): readonly PlacedConfiguration[] {
    return this.#placed;
  }

  /** What holds as of `index`, which is not before the first one. */
  at(index: number): Placed {
    const placed = this.#placed.findLast((candidate) => candidate.index <= index);
    invariant(
      placed !== undefined,
      () => `no configuration is known as of ${index}, only from ${this.#placed[0].index} on`,
    );
    return placed;
  }

  /** Those that may hold when `commit` is all that is known to be committed, the newest last. */
  since(commit: number): readonly Placed[] {
    const { index } = this.at(commit);
    return this.#placed.filter((placed) => placed.index >= index);
  }

  append(index: number, configuration: Configuration): void {
    const { newest } = this;
    invariant(index > newest.index, () => `a configuration at ${index} follows one at ${newest.index}`);
    this.#placed = [...this.#placed, withVoters({ index, configuration })];
  }

  /** Drops those at `index` and after it. */
  truncateFrom(index: number): void {
    const [first, ...later] = this.#placed;
    invariant(index > first.index, () => `the configuration at ${first.index} is committed, and truncated at ${index}`);
    if (this.newest.index >= index) this.#placed = [first, ...later.filter((placed) => placed.index < index)];
  }

  /** Forgets those before the one that holds as of `index`. */
  compact(index: number): void {
    const first = this.at(index);
    this.#placed = [first, ...this.#placed.filter((placed) => placed.index > first.index)];
  }

  /** Forgets all but this one. */
  restart(only: PlacedConfiguration): void {
    this.#placed = [withVoters(only)];
  }
}

function withVoters({ index, configuration }: PlacedConfiguration): Placed {
  return { index, configuration, voters: votersOf(configuration) };
}
