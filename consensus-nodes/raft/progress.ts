/**
 * What a leader knows of one follower, and how much it may send it.
 *
 *   probe      the follower's log is not yet known to match: one message with entries, then nothing until it is answered
 *   snapshot   what it needs next is gone from the log: it is offered a snapshot with each heartbeat, and no entries, until it
 *              acknowledges as much as lies before the log's first entry
 *   replicate  it matched: messages follow each other without waiting, within a window of messages and bytes
 *
 * Loss needs no timer: a heartbeat carries no entries and names the one before `next`. A follower that lacks it refuses, which
 * leads to probe; one that has it says so, which leads to replicate. Either way what was lost is sent again, once.
 */
import { invariant } from "./invariant.ts";

/** Per follower: enough to cover a round trip, little enough that a dead follower holds next to nothing. */
export const MAX_INFLIGHT_MESSAGES = 64;
export const MAX_INFLIGHT_BYTES = 4 * 1024 * 1024;
/** Of entries in one AppendEntries; a larger one travels alone. */
export const MAX_MESSAGE_BYTES = 512 * 1024;

export class Progress {
  /** Highest index known to be in the follower's log, durably. 0 <= match < next */
  match = 0;
  next: number;
  state: "probe" | "snapshot" | "replicate" = "probe";
  /** Probe: entries are out, and nothing has been answered since. */
  probing = false;
  /** A message is owed even if there are no entries to send. */
  heartbeatDue = true;
  /** Checks of the quorum since it was heard from. */
  silence = 1;
  /** Snapshot: what it must acknowledge to go on with entries. */
  #base = 0;
  /** Last read round it confirmed. round <= roundSent */
  round = 0;
  /** Last read round it was told of. */
  roundSent = 0;
  /** Last index and bytes of each message under way, oldest first. length <= MAX_INFLIGHT_MESSAGES */
  #inflight: { last: number; bytes: number }[] = [];
  /** Sum over #inflight; it passes MAX_INFLIGHT_BYTES by at most one message. */
  #inflightBytes = 0;

  constructor(next: number) {
    this.next = next;
  }

  get windowOpen(): boolean {
    if (this.state === "probe") return !this.probing;
    if (this.state === "snapshot") return false;
    return this.#inflight.length < MAX_INFLIGHT_MESSAGES && this.#inflightBytes < MAX_INFLIGHT_BYTES;
  }

  /**
   * Whether a message is due even without entries. For a read round only once the one before is answered: a follower that
   * is slow, or gone, is sent one such message per heartbeat, however many rounds the others confirm meanwhile.
   */
  owes(round: number): boolean {
    return this.heartbeatDue || (round > this.roundSent && this.round === this.roundSent);
  }

  /** A message of read round `round` was sent, with the entries `next..last`; with none when last < next. */
  sent(last: number, bytes: number, round: number): void {
    this.heartbeatDue = false;
    this.roundSent = round;
    if (last < this.next) return;
    if (this.state === "probe") {
      this.probing = true;
      return;
    }
    this.next = last + 1;
    this.#inflight.push({ last, bytes });
    this.#inflightBytes += bytes;
  }

  acknowledged(match: number): void {
    this.match = Math.max(this.match, match);
    this.next = Math.max(this.next, this.match + 1);
    const isBehind = this.state === "snapshot" && this.match < this.#base;
    if (this.state !== "replicate" && !isBehind) {
      this.state = "replicate";
      this.next = this.match + 1;
    }
    let freed = 0;
    for (const message of this.#inflight) {
      if (message.last > this.match) break;
      this.#inflightBytes -= message.bytes;
      freed++;
    }
    if (freed > 0) this.#inflight.splice(0, freed);
    invariant(this.match < this.next, () => `match ${this.match} < next ${this.next}`);
  }

  /**
   * True when the refusal is news: it concerns what was sent last, not something acknowledged or superseded since. Nor is what
   * was acknowledged ever refused, but by a follower that lost its disk: that one must not be asked over and over. Who is offered
   * a snapshot was not asked anything else.
   */
  concerns(refused: number): boolean {
    if (refused <= this.match || this.state === "snapshot") return false;
    return this.state === "replicate" || refused === this.next - 1;
  }

  probe(next: number): void {
    this.#begin("probe");
    this.next = Math.max(next, this.match + 1);
  }

  /** The entry `next` is gone; those after `base` are there. */
  needSnapshot(base: number): void {
    this.#base = base;
    if (this.state === "snapshot") return;
    this.#begin("snapshot");
    this.heartbeatDue = true;
  }

  #begin(state: "probe" | "snapshot"): void {
    this.state = state;
    this.probing = false;
    this.#inflight = [];
    this.#inflightBytes = 0;
  }
}
