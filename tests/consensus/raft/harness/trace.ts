/** A hash over all that happened, in order: two runs of one seed must end with the same. */
export class Trace {
  /** Things that happened. */
  steps = 0;
  #hash = 0x811c9dc5;
  readonly #print: ((line: string) => void) | undefined;

  /** @param print given a line for each thing that happens, to follow a run. */
  constructor(print?: (line: string) => void) {
    this.#print = print;
  }

  get hash(): number {
    return this.#hash;
  }

  add(time: number, what: string, ...numbers: readonly number[]): void {
    this.steps += 1;
    this.#mix(time);
    for (let i = 0; i < what.length; i++) this.#mix(what.charCodeAt(i));
    for (const number of numbers) this.#mix(number);
    this.#print?.(`${time} ${what} ${numbers.join(" ")}`);
  }

  #mix(number: number): void {
    // Numbers here stay far below 2^53, most below 2^32.
    this.#hash = Math.imul(this.#hash ^ (number >>> 0), 0x01000193) >>> 0;
    if (number >= 2 ** 32) this.#hash = Math.imul(this.#hash ^ (number / 2 ** 32), 0x01000193) >>> 0;
  }
}
