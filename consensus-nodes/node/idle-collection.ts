/**
 * Collects garbage while a node has nothing else to do. V8 collects when memory is asked for, so a process that was busy and is not
 * any more keeps all that its last busy moment left behind: of 100,000 tracks three times what they take. Two seconds later it
 * collects once more: the first time a snapshot of all that lives may have been under way, and V8 gives pages back
 * only to who has it collect thoroughly.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes in use since the last collection; less is not worth the pause. */
const WORTH_BYTES = 16 * 1024 * 1024;
/**
 * Bytes in use. A collection stops the process for less than a millisecond per MiB of what lives, a thorough one for two: with what
 * a heartbeat may take in a calm, that stays below the shortest election timeout. Larger heaps are left to V8.
 */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_BYTES_THOROUGHLY = 96 * 1024 * 1024;
/** Rests of CALM_TICKS since anything was asked of the node: six seconds. Who pauses for less will need the time. */
export const AFTER_RESTS = 24;
/** Rests from one look to the next: two seconds. */
export const REST_PERIOD = 8;

export type Collect = (thoroughly: boolean) => void;

export class IdleCollection {
  readonly #collect: Collect;
  readonly #used: () => number;
  readonly #place: number;
  /** Bytes that were left by the last collection. */
  #left = 0;
  /** The last collection is to be followed by a thorough one. */
  #again = false;
  /** At the last rest. */
  #work = 0;
  /** Since it was another. */
  #rests = 0;

  /**
   * @param id of the node: those of one machine rest at the same time, and collect one after the other
   * @param used bytes in use
   */
  constructor(id: number, collect: Collect = exposedCollector(), used = () => getHeapStatistics().used_heap_size) {
    this.#place = id % REST_PERIOD;
    this.#collect = collect;
    this.#used = used;
  }

  /**
   * To be called whenever CALM_TICKS have passed in which nothing went on.
   * @param work done so far, in whatever it is counted: between the calls of a light load a node rests as well
   */
  rested(work: number): void {
    this.#rests = work === this.#work ? this.#rests + 1 : 0;
    this.#work = work;
    if (this.#rests < AFTER_RESTS || this.#rests % REST_PERIOD !== this.#place) return;
    const used = this.#used();
    const isWorth = used - this.#left >= WORTH_BYTES;
    if (!(isWorth || this.#again) || used > MAX_BYTES) return;
    this.#collect(this.#again && used <= MAX_BYTES_THOROUGHLY);
    this.#again = isWorth && !this.#again;
    this.#left = this.#used();
  }
}

/** Node hands out V8's collector to who asks for it by flag. */
function exposedCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  // What V8 compiled, and is kept for the next start, is of use to processes of the same flags only.
  setFlagsFromString("--no-expose-gc");
  if (typeof collect !== "function") throw new Error("V8 has no collector to expose");
  return (thoroughly) => collect({ type: "major", execution: "sync", flavor: thoroughly ? "last-resort" : "regular" });
}
