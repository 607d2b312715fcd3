/** Queries of one client to one group. They change nothing, so they are asked again, of anyone, until their time is up. */
import { decodeQueryOutcome } from "../wire/query-outcome.ts";
import type { ClientRuntime } from "./client-runtime.ts";
import { ASK_AGAIN_MS, type LeaderFinder, SUSPECT_AFTER_MS } from "./leader-finder.ts";
import type { Link } from "./node-link.ts";
import type { PendingCall } from "./pending-call.ts";

/** A node holds a query that waits for an index for a second, and says so then: silent for longer than that, it may be gone. */
const SUSPECT_WAITING_AFTER_MS = 2000;

export interface GroupQueriesOptions {
  readonly group: string;
  readonly finder: LeaderFinder;
  readonly requestFlush: () => void;
  readonly runtime: ClientRuntime;
}

export class GroupQueries {
  readonly #options: GroupQueriesOptions;
  #queue: PendingCall[] = [];
  /** Sent, by the node that was asked, and when: milliseconds, monotonic. */
  readonly #asked = new Map<PendingCall, { readonly node: number; readonly at: number }>();
  #cancelAskingAgain: (() => void) | undefined;

  constructor(options: GroupQueriesOptions) {
    this.#options = options;
  }

  add(call: PendingCall): void {
    this.#queue.push(call);
    this.#options.requestFlush();
  }

  flush(): void {
    if (this.#queue.length === 0 || this.#cancelAskingAgain !== undefined) return;
    const { finder } = this.#options;
    // The leader answers with one hop less; any other node answers as well. Of a stale answer the leader is spared.
    const node = finder.leader ?? finder.anyone;
    if (node === undefined) return this.#askAgainLater();
    for (const call of this.#queue) this.#ask(call.call.stale ? (finder.anyone ?? node) : node, call);
    this.#queue = [];
  }

  down(node: number): void {
    for (const [call, asked] of this.#asked) {
      if (asked.node === node) this.#retry(call);
    }
    this.#options.requestFlush();
  }

  expire(now: number): void {
    for (const call of [...this.#asked.keys(), ...this.#queue]) {
      if (call.expiry > now) continue;
      call.fail(
        this.#options.finder.leader === undefined
          ? { kind: "NoLeader", message: "no leader is known" }
          : { kind: "Timeout", message: "not answered in time" },
      );
      this.#asked.delete(call);
    }
    this.#queue = this.#queue.filter((call) => !call.settled);
    for (const [call, { node, at }] of this.#asked) {
      if (at + suspectAfter(call) > now) continue;
      this.#distrust(node);
      this.#retry(call);
      this.#options.requestFlush();
    }
  }

  close(): void {
    this.#cancelAskingAgain?.();
    this.expire(Number.POSITIVE_INFINITY);
  }

  #ask(node: Link, call: PendingCall): void {
    this.#asked.set(call, { node: node.id, at: this.#options.runtime.now() });
    const { name, input, after, stale } = call.call;
    const onOutcome = (bytes: Uint8Array) => {
      if (this.#asked.get(call)?.node !== node.id) return;
      const outcome = decodeQueryOutcome(bytes);
      if (outcome.ok) {
        this.#asked.delete(call);
        call.succeed(outcome.v, this.#options.finder.leader?.id ?? null, outcome.age);
      } else if (outcome.e === "NoLeader" && waits(call)) {
        // Nothing new was applied, which speaks against nobody.
        this.#retry(call);
        this.#options.requestFlush();
      } else if (outcome.e === "NoLeader") {
        this.#distrust(node.id);
        this.#retry(call);
        this.#askAgainLater();
      } else {
        this.#asked.delete(call);
        call.fail({ kind: outcome.e === "Unknown" ? "Timeout" : outcome.e, message: outcome.m });
      }
    };
    const { group } = this.#options;
    const encoded = Buffer.from(JSON.stringify(input));
    node.query({ group, name, input: encoded, after: after ?? 0, stale: stale ?? false }, onOutcome);
    this.#options.requestFlush();
  }

  /** It does not lead, or is paused, or was removed: whoever only asks would not learn that from anybody else. */
  #distrust(node: number): void {
    const { finder } = this.#options;
    if (finder.leader?.id === node) finder.learn(null);
  }

  #retry(call: PendingCall): void {
    this.#asked.delete(call);
    if (!call.settled) this.#queue.push(call);
  }

  #askAgainLater(): void {
    this.#cancelAskingAgain ??= this.#options.runtime.after(ASK_AGAIN_MS, () => {
      this.#cancelAskingAgain = undefined;
      this.flush();
    });
  }
}

const waits = ({ call }: PendingCall): boolean => call.after !== undefined;

function suspectAfter(call: PendingCall): number {
  return waits(call) ? SUSPECT_WAITING_AFTER_MS : SUSPECT_AFTER_MS;
}
