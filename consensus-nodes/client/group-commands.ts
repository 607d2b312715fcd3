/**
 * Commands of one client to one group: stamped with a session and a number, gathered into batches, sent to whoever leads, sent
 * again under the same numbers until their fate is known or their time is up.
 *
 * A batch's life:  queued -> sent -> answered
 *                             |-> refused (not the leader: nothing was done) -> sent again
 *                             `-> stream broke, leader stepped down: undecided -> sent again; the session applies it once
 */
import type { BatchOutcome, CommandOutcome, Batch as WireBatch } from "../wire/batch.ts";
import { decodeBatchOutcome } from "../wire/batch-outcome.ts";
import { BatchPace, MAX_BATCHES_UNDER_WAY } from "./batch-pace.ts";
import type { ClientRuntime } from "./client-runtime.ts";
import type { CoreFailure } from "./core-failure.ts";
import { ASK_AGAIN_FIRST_MS, ASK_AGAIN_MS, LeaderFinder, SUSPECT_AFTER_MS } from "./leader-finder.ts";
import { LockedCalls } from "./locked-calls.ts";
import type { Link } from "./node-link.ts";
import type { PendingCall } from "./pending-call.ts";
import { openingBatch, type SentBatch, takeBatch } from "./sent-batch.ts";

/**
 * Commands whose results are handed out in one turn of the event loop. What their callers ask next, and what else has come, leaves
 * for the nodes before the rest are: so callers and nodes work at the same time.
 */
const RESULTS_PER_TURN = 8;

type Done = BatchOutcome & { readonly ok: true };

export interface GroupCommandsOptions {
  readonly group: string;
  readonly links: readonly Link[];
  readonly requestFlush: () => void;
  /** As `requestFlush`, at once. */
  readonly flush: () => void;
  readonly runtime: ClientRuntime;
}

export class GroupCommands {
  readonly finder: LeaderFinder;
  readonly #options: GroupCommandsOptions;
  #session: string | undefined;
  #nextNumber = 1;
  #queue: PendingCall[] = [];
  /** To be sent again before anything new, in order of their numbers. */
  #again: SentBatch[] = [];
  readonly #underWay = new Set<SentBatch>();
  readonly #locked: LockedCalls;
  readonly #pace: BatchPace;
  #closed = false;
  #cancelAskingAgain: (() => void) | undefined;
  /** ASK_AGAIN_FIRST_MS <= #askAgain <= ASK_AGAIN_MS */
  #askAgain = ASK_AGAIN_FIRST_MS;

  constructor(options: GroupCommandsOptions) {
    this.#options = options;
    this.finder = new LeaderFinder(options.links);
    this.#pace = new BatchPace(options.runtime, options.requestFlush);
    this.#locked = new LockedCalls((calls) => {
      this.#queue.push(...calls);
      options.requestFlush();
    }, options.runtime);
  }

  add(call: PendingCall): void {
    this.#queue.push(call);
    this.#options.requestFlush();
  }

  /** Puts on the links what may be sent now. */
  flush(): void {
    if (this.#cancelAskingAgain !== undefined) return;
    const { leader } = this.finder;
    // While no leader is known one batch asks around; it finds the leader, or a hint.
    const node = leader ?? (this.#underWay.size === 0 ? this.finder.anyone : undefined);
    if (node === undefined) {
      if (this.#underWay.size === 0 && (this.#queue.length > 0 || this.#again.length > 0)) this.#askAgainLater();
      return;
    }
    while (this.#underWay.size === 0 || leader !== undefined) {
      const isAgain = this.#again.length > 0 && this.#underWay.size < MAX_BATCHES_UNDER_WAY;
      if (!isAgain && !this.#pace.allows(this.#underWay.size, this.#queue.length)) return;
      const batch = this.#again.shift() ?? this.#form();
      if (batch === undefined) return;
      this.#send(node, batch);
    }
  }

  /** The stream to `node` broke. */
  down(node: number): void {
    if (this.finder.leader === undefined) this.finder.learn(null);
    for (const batch of this.#underWay) {
      if (batch.node !== node) continue;
      batch.undecided = true;
      this.#retry(batch);
    }
    this.#options.requestFlush();
  }

  /** Fails what is late. */
  expire(now: number): void {
    const late = (call: PendingCall) => call.expiry <= now;
    if (this.#queue.some(late)) {
      for (const call of this.#queue) if (late(call)) call.fail(this.#nothingDone());
      this.#queue = this.#queue.filter((call) => !call.settled);
    }
    for (const batch of [...this.#underWay, ...this.#again]) {
      for (const call of batch.calls) {
        if (!call.settled && late(call)) call.fail(this.#isSent(batch) ? this.#unknown() : this.#nothingDone());
      }
    }
    for (const batch of this.#underWay) {
      if (batch.node === undefined || batch.sentAt + SUSPECT_AFTER_MS > now) continue;
      this.finder.refusedBy(batch.node, null);
      batch.undecided = true;
      this.#retry(batch);
      this.#options.requestFlush();
    }
    this.#letGo();
  }

  /**
   * A batch that waits to be sent again for nobody goes; `acknowledged` then tells the group never to apply it. One of which
   * nothing was done, as somebody was told just now, goes as well: sent later for the others, it would be done for him too.
   * They start over under new numbers.
   */
  #letGo(): void {
    const [kept, gone]: [SentBatch[], SentBatch[]] = [[], []];
    for (const batch of this.#again) {
      const wanted = this.#isSent(batch)
        ? batch.calls.some((call) => !call.settled)
        : batch.calls.every((call) => !call.settled);
      (batch.opens || wanted ? kept : gone).push(batch);
    }
    if (gone.length === 0) return;
    this.#again = kept;
    this.#queue.unshift(...gone.flatMap(({ calls }) => calls.filter((call) => !call.settled)));
  }

  close(): void {
    this.#closed = true;
    this.#cancelAskingAgain?.();
    this.#pace.left();
    this.#locked.close();
    for (const batch of [...this.#underWay, ...this.#again]) {
      for (const call of batch.calls) call.fail(this.#unknown());
    }
    for (const call of this.#queue) call.fail(this.#nothingDone());
  }

  #form(): SentBatch | undefined {
    if (this.#queue.length === 0) return undefined;
    if (this.#session === undefined) return this.#openSession();
    const batch = takeBatch(this.#session, this.#nextNumber, this.#queue);
    this.#nextNumber += batch.calls.length;
    this.#pace.left();
    return batch;
  }

  #openSession(): SentBatch {
    this.#session = this.#options.runtime.uniqueName();
    this.#nextNumber = 1;
    return openingBatch(this.#session);
  }

  #send(node: Link, batch: SentBatch): void {
    batch.node = node.id;
    batch.sentAt = this.#options.runtime.now();
    this.#underWay.add(batch);
    const head: Omit<WireBatch, "c"> = {
      s: batch.session,
      n: batch.first,
      a: this.#acknowledgedBelow(batch.session),
      ...(batch.opens && { open: true }),
    };
    // The commands were encoded once, when the batch was formed.
    const json = `${JSON.stringify(head).slice(0, -1)},"c":[${batch.commands}]}`;
    node.batch({ group: this.#options.group, commands: Buffer.from(json), forward: false }, (outcome) =>
      this.#answered(batch, node.id, decodeBatchOutcome(outcome)),
    );
    this.#options.requestFlush();
  }

  /** Commands below were answered, or nobody waits for them any more. */
  #acknowledgedBelow(session: string): number {
    let lowest = session === this.#session ? this.#nextNumber : Number.MAX_SAFE_INTEGER;
    for (const batch of [...this.#underWay, ...this.#again]) {
      if (batch.session === session) lowest = Math.min(lowest, batch.first);
    }
    return lowest;
  }

  #answered(batch: SentBatch, node: number, outcome: BatchOutcome): void {
    // A node that was given up on may answer late: its result counts, its refusal says nothing any more.
    if (!outcome.ok && batch.node !== node) return;
    this.#underWay.delete(batch);
    this.#again = this.#again.filter((other) => other !== batch);
    if (outcome.ok) {
      this.finder.learn(outcome.leader);
      this.#askAgain = ASK_AGAIN_FIRST_MS;
      this.#handOut(batch, outcome);
      return;
    }
    switch (outcome.refusal) {
      case "Undecided":
        batch.undecided = true;
        this.finder.refusedBy(node, outcome.leader);
        this.#retry(batch);
        break;
      case "NotLeader":
        this.finder.refusedBy(node, outcome.leader);
        this.#retry(batch);
        break;
      case "Overloaded":
      case "Invalid":
        for (const call of batch.calls) {
          call.fail(batch.undecided ? this.#unknown() : { kind: outcome.refusal, message: outcome.message });
        }
        if (batch.opens) this.#session = undefined;
        break;
    }
    if (this.finder.leader === undefined) this.#askAgainLater();
    else this.#options.requestFlush();
  }

  #handOut(batch: SentBatch, outcome: Done): void {
    if (this.#queue.length === 0 && this.#again.length === 0) return this.#settle(batch, outcome, 0);
    // The next batch leaves first: the nodes need not wait for callers who are told what they know already.
    this.#options.flush();
    this.#options.runtime.nextTurn(() => this.#settle(batch, outcome, 0));
  }

  /** @param from place in the batch: those before have their results */
  #settle(batch: SentBatch, outcome: Done, from: number): void {
    const lost: PendingCall[] = [];
    const to = Math.min(from + RESULTS_PER_TURN, batch.calls.length);
    for (const [offset, call] of batch.calls.slice(from, to).entries()) {
      const none: CommandOutcome = { e: "Defect", m: "the group gave no result" };
      const result = outcome.results[from + offset] ?? none;
      if (!("e" in result)) call.succeed(result.v, outcome.leader);
      else if (result.e === "Conflict") this.#locked.add(call, result.m);
      else if (result.e !== "NoSession") call.fail(this.#failure(result.e, result.m));
      else if (batch.undecided) call.fail(this.#unknown());
      else lost.push(call);
    }
    if (to < batch.calls.length) this.#options.runtime.nextTurn(() => this.#settle(batch, outcome, to));
    if (lost.length > 0) {
      // The group forgot the session, and did not apply these: they start over under a new one.
      if (this.#session === batch.session) this.#session = undefined;
      this.#queue.unshift(...lost.filter((call) => !call.settled));
      this.#options.requestFlush();
    }
    // Nobody would come back to those that wait again.
    if (this.#closed) this.close();
  }

  #retry(batch: SentBatch): void {
    this.#underWay.delete(batch);
    batch.node = undefined;
    const position = this.#again.findIndex((other) => other.first > batch.first || (batch.opens && !other.opens));
    this.#again.splice(position < 0 ? this.#again.length : position, 0, batch);
  }

  #askAgainLater(): void {
    if (this.#cancelAskingAgain !== undefined) return;
    this.#cancelAskingAgain = this.#options.runtime.after(this.#askAgain, () => {
      this.#cancelAskingAgain = undefined;
      this.flush();
    });
    this.#askAgain = Math.min(2 * this.#askAgain, ASK_AGAIN_MS);
  }

  #isSent(batch: SentBatch): boolean {
    return batch.undecided || batch.node !== undefined;
  }

  #failure(kind: CoreFailure["kind"], message: string): CoreFailure {
    return kind === "Unknown" ? { kind, led: true, message } : { kind, message };
  }

  #unknown(): CoreFailure {
    const led = this.finder.leader !== undefined;
    return { kind: "Unknown", led, message: "not answered in time: it may have happened, or may yet" };
  }

  #nothingDone(): CoreFailure {
    return this.finder.leader === undefined
      ? { kind: "NoLeader", message: "no leader is known" }
      : { kind: "Overloaded", message: "the leader could not take it in time" };
  }
}
