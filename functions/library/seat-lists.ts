/**
 * Lists of seats, kept until they change. What is kept is never believed unasked: each time the core says whether it is still right,
 * linearizably and in a few bytes, so a list is as new as one that was made for the request. Two requests share no question: one that
 * was asked before a request came may be answered by what was so before it.
 */
import { LRUCache } from "lru-cache";
import type { Core } from "../../consensus-nodes/client/core.ts";
import type { Seat } from "./seat.ts";

export interface Filters {
  readonly branch?: string;
  readonly area?: string;
  readonly has_power?: boolean;
  readonly has_monitor?: boolean;
  readonly available_only?: boolean;
  /** Milliseconds since the epoch; both or none. */
  readonly start?: number;
  readonly end?: number;
}

interface SeatList {
  readonly revision: number;
  readonly until: number | null;
  readonly seats: readonly Seat[];
}

/** Every combination of filters and times is one. */
const MAX_LISTS = 1000;
/** Of a few branches in full, or of many parts; an isolate has 128 MiB. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Of a seat without its texts, as an object on the heap; about. */
const SEAT_BYTES = 120;

export class SeatLists {
  readonly #lists = new LRUCache<string, SeatList>({
    max: MAX_LISTS,
    maxSize: MAX_BYTES,
    sizeCalculation: ({ seats }, key) => key.length + SEAT_BYTES * (seats.length + 1) + textBytes(seats),
  });

  /** @param now milliseconds since the epoch: what is available, when no time is given */
  async get(core: Core, filters: Filters, now: number): Promise<readonly Seat[]> {
    const { branch, area, has_power, has_monitor, available_only, start, end } = filters;
    const key = JSON.stringify([branch, area, has_power, has_monitor, available_only, start, end]);
    const kept = this.#lists.get(key);
    const known = kept && { revision: kept.revision, until: kept.until };
    const answer = await core.library.seats({ ...filters, now, ...(known && { known }) });
    if (answer.unchanged !== true) {
      this.#lists.set(key, answer);
      return answer.seats;
    }
    if (kept === undefined) throw new Error("the core says unchanged of a list that nobody has named");
    return kept.seats;
  }
}

function textBytes(seats: readonly Seat[]): number {
  return seats.reduce((sum, { branch, area }) => sum + branch.length + area.length, 0);
}
