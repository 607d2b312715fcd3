/**
 * Directed links between endpoints, nodes and clients alike. Messages between nodes are lost, doubled and overtake each other;
 * a stream (stream-link.ts) keeps order, as TCP does, and breaks instead of losing.
 */
import type { Random } from "../consensus/raft/harness/random.ts";
import type { Schedule } from "../consensus/raft/harness/schedule.ts";

export interface Weather {
  /** Probabilities per message. */
  loss: number;
  duplication: number;
  /** Of a delay of up to LATE. */
  late: number;
}

/** Milliseconds. */
const USUAL_DELAY = 1.5;
const LATE = 400;
/** A stream breaks so much less often than a message is lost: what is lost of it is sent again. */
const STREAM_LOSS = 0.02;

export class Network {
  readonly weather: Weather = { loss: 0, duplication: 0, late: 0 };
  readonly counts = { sent: 0, lost: 0, doubled: 0, late: 0, cut: 0 };
  readonly #schedule: Schedule;
  readonly #random: Random;
  /** `from>to`, and how many faults cut it. */
  readonly #cuts = new Map<string, number>();

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /** Calls `deliver` once; or never, or twice. */
  send(from: number, to: number, deliver: () => void): void {
    const { loss, duplication } = this.weather;
    this.counts.sent += 1;
    if (this.isCut(from, to)) {
      this.counts.cut += 1;
      return;
    }
    if (duplication > 0 && this.#random.chance(duplication)) {
      this.counts.doubled += 1;
      this.#schedule.after(this.delay(), deliver);
    }
    if (loss > 0 && this.#random.chance(loss)) this.counts.lost += 1;
    else this.#schedule.after(this.delay(), deliver);
  }

  /** Whether a stream breaks on what is sent now. */
  breaks(from: number, to: number): boolean {
    return this.isCut(from, to) || this.#random.chance(this.weather.loss * STREAM_LOSS);
  }

  /** Milliseconds. */
  delay(): number {
    const late = this.weather.late > 0 && this.#random.chance(this.weather.late);
    if (late) this.counts.late += 1;
    return 0.2 + this.#random.next() * (late ? LATE : USUAL_DELAY);
  }

  isCut(from: number, to: number): boolean {
    return this.#cuts.size > 0 && (this.#cuts.get(`${from}>${to}`) ?? 0) > 0;
  }

  /** @returns what mends it. */
  cut(from: number, to: number): () => void {
    const link = `${from}>${to}`;
    this.#cuts.set(link, (this.#cuts.get(link) ?? 0) + 1);
    let cut = true;
    return () => {
      if (cut) this.#cuts.set(link, (this.#cuts.get(link) ?? 1) - 1);
      cut = false;
    };
  }

  heal(): void {
    this.#cuts.clear();
    Object.assign(this.weather, { loss: 0, duplication: 0, late: 0 });
  }
}
