/**
 * A node as a participant with a log of its own: `prepared` is on its disk before it votes yes, the outcome together with the
 * change before it acknowledges. Promises outlive restarts; it never decides alone.
 */
import * as z from "zod";
import { invariant } from "../raft/invariant.ts";
import type { LogStorage } from "../replica/log-storage.ts";
import type { LocalResource } from "./local-resource.ts";
import { PromiseLog } from "./promise-log.ts";
import { Promises, type Vote } from "./promises.ts";

const LogRecord = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("prepared"),
    id: z.string(),
    coordinator: z.string(),
    operation: z.string(),
    time: z.number(),
  }),
  z.object({ type: z.literal("outcome"), id: z.string(), commit: z.boolean(), time: z.number() }),
]);
type LogRecord = z.infer<typeof LogRecord>;

const Captured = z.union([
  z.tuple([
    z.literal("prepared"),
    z.object({ id: z.string(), keys: z.array(z.string()), redo: z.object({ operation: z.string() }) }),
  ]),
  z.tuple([z.literal("outcome"), z.string(), z.boolean(), z.number()]),
]);

interface Redo {
  readonly operation: string;
}

export type ParticipantStep = "unprepared" | "prepared" | "carried-out" | "outcome";

export type Outcome = { readonly kind: "acknowledged" } | { readonly kind: "contradiction"; readonly reason: string };

export interface LocalParticipantOptions {
  readonly storage: LogStorage;
  /** The first that understands an operation has it. */
  readonly resources: readonly LocalResource[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Records in the log after which it is begun anew; see promise-log.ts. */
  readonly checkpointAfter?: number;
  /** Where a test may make the node die; each is named for what has just happened. */
  readonly onStep: (step: `participant:${ParticipantStep}`, id: string) => void;
}

export class LocalParticipant {
  readonly #options: LocalParticipantOptions;
  #promises = new Promises<Redo>({ acceptUnprepared: true });
  readonly #log: PromiseLog;
  /** The last step of what is under way for an id: steps of one transaction follow each other. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(options: LocalParticipantOptions) {
    this.#options = options;
    const { storage, checkpointAfter } = options;
    this.#log = new PromiseLog({
      storage,
      onRecord: (record) => this.#replay(LogRecord.parse(record)),
      onCheckpoint: (values) => this.#restore(values),
      capture: () => this.#promises.capture(),
      ...(checkpointAfter !== undefined && { checkpointAfter }),
    });
  }

  /** Ids of the transactions promised here that have no outcome. */
  get waiting(): readonly string[] {
    return [...this.#promises.prepared];
  }

  /** Votes. A yes is a promise that is on disk. */
  prepare(id: string, coordinator: string, operation: string): Promise<Vote> {
    return this.#inTurn(id, async () => {
      const resource = this.#resourceFor(operation);
      const time = this.#options.now();
      const preparation = { id, keys: resource.keys(operation), redo: { operation } };
      const earlier = this.#promises.earlierVote(preparation);
      if (earlier !== undefined) return earlier;
      // Promised first, so that nothing else gets in while the resource is asked; a no takes it back.
      const vote = this.#promises.prepare(preparation);
      if (!vote.yes) return vote;
      const refusal = await resource.check(id, operation);
      if (refusal !== undefined) {
        this.#promises.decide(id, false, time);
        await this.#write({ type: "outcome", id, commit: false, time });
        return { yes: false, locked: false, reason: refusal };
      }
      this.#options.onStep("participant:unprepared", id);
      await this.#write({ type: "prepared", id, coordinator, operation, time });
      this.#options.onStep("participant:prepared", id);
      return vote;
    });
  }

  /** Takes the outcome, whoever tells it. */
  decide(id: string, commit: boolean): Promise<Outcome> {
    return this.#inTurn(id, async () => {
      const operation = this.#promises.redo(id)?.operation;
      if (operation !== undefined) {
        const resource = this.#resourceFor(operation);
        // Carried out before the record: a crash in between finds the promise, asks again and carries it out again.
        if (commit) await resource.commit(id, operation);
        else await resource.abort(id, operation);
        this.#options.onStep("participant:carried-out", id);
      }
      const time = this.#options.now();
      const wasKnown = this.#promises.outcome(id) !== undefined;
      const decided = this.#promises.decide(id, commit, time);
      if (decided.kind === "contradiction") return decided;
      if (!wasKnown) await this.#write({ type: "outcome", id, commit, time });
      this.#options.onStep("participant:outcome", id);
      return { kind: "acknowledged" };
    });
  }

  #resourceFor(operation: string): LocalResource {
    const resource = this.#options.resources.find((candidate) => candidate.understands(operation));
    if (resource === undefined) throw new Error("no resource understands the operation");
    return resource;
  }

  #replay(record: LogRecord): void {
    if (record.type === "outcome") {
      this.#promises.decide(record.id, record.commit, record.time);
      return;
    }
    const { id, operation } = record;
    const vote = this.#promises.prepare({
      id,
      keys: this.#resourceFor(operation).keys(operation),
      redo: { operation },
    });
    invariant(
      vote.yes,
      () => `the promise of transaction ${id} should stand again, as it is in the log: ${!vote.yes && vote.reason}`,
    );
  }

  #restore(values: readonly unknown[]): void {
    this.#promises = new Promises<Redo>({ acceptUnprepared: true });
    for (const value of values) {
      const captured = Captured.parse(value);
      if (captured[0] === "prepared") this.#promises.restorePrepared(captured[1]);
      else this.#promises.restoreOutcome(captured[1], captured[2], captured[3]);
    }
  }

  #write(record: LogRecord): Promise<void> {
    return this.#log.write(record, record.time);
  }

  #inTurn<T>(id: string, step: () => Promise<T>): Promise<T> {
    const previous = this.#tails.get(id) ?? Promise.resolve();
    const next = previous.then(step, step);
    this.#tails.set(id, next);
    const forget = () => {
      if (this.#tails.get(id) === next) this.#tails.delete(id);
    };
    next.then(forget, forget);
    return next;
  }
}
