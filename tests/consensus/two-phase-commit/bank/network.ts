/** Messages between the nodes of a simulated bank: lost, doubled, overtaken, and late, some so late that all is over by then. */
import type { Random } from "../../raft/harness/random.ts";
import type { Schedule } from "../../raft/harness/schedule.ts";

export interface NetworkFaults {
  /** Of a message. */
  readonly loss: number;
  readonly duplication: number;
  readonly late: number;
}

/** Milliseconds. */
const USUAL_DELAY = 2;
const LATE_DELAY = 4000;

export class Network {
  faults: NetworkFaults = { loss: 0, duplication: 0, late: 0 };
  readonly #schedule: Schedule;
  readonly #random: Random;

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /** Calls `deliver` once; or never, or twice. */
  send(deliver: () => void): void {
    const { loss, duplication } = this.faults;
    if (!this.#random.chance(loss)) this.#schedule.after(this.#delay(), deliver);
    if (this.#random.chance(duplication)) this.#schedule.after(this.#delay(), deliver);
  }

  #delay(): number {
    return this.#random.next() * (this.#random.chance(this.faults.late) ? LATE_DELAY : USUAL_DELAY);
  }
}
