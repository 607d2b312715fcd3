/**
 * A seeded generator: equal seeds, equal draws, on every machine. A stream split off by name depends on the seed and the name
 * alone, so that drawing more from one leaves the others as they were.
 */
export class Random {
  readonly #seed: number;
  #state: number;

  /** @param seed of which 32 bits count. */
  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = mix(this.#seed);
  }

  /** Uniform in [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state) / 2 ** 32;
  };

  /** A whole number, both ends included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  split(name: string): Random {
    let seed = this.#seed;
    for (let i = 0; i < name.length; i++) seed = mix(seed ^ name.charCodeAt(i));
    return new Random(seed);
  }
}

/** Every bit of the result depends on every bit of the argument. */
function mix(value: number): number {
  let bits = value + 0x6d2b79f5;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
