/**
 * Transactions of one client: handed to a node that coordinates; any may. Those over nodes go to node 0 while it is there, as the
 * contract has it (shared/contracts/consensus.md). Of those over groups alone the leader of their log is nearest to the decision,
 * and whoever answers says who that is. Without an id of its own a transaction whose node is lost has an unknown outcome; with one it
 * can be asked for again.
 */
import { readJson } from "../wire/read-json.ts";
import { TransactionCall, TransactionHint, TransactionReply } from "../wire/transaction-call.ts";
import { LeaderFinder } from "./leader-finder.ts";
import type { Link } from "./node-link.ts";
import type { PendingCall } from "./pending-call.ts";

export class TransactionCalls {
  readonly #links: readonly Link[];
  readonly #requestFlush: () => void;
  /** Not sent yet: no node is up. */
  #queue: PendingCall[] = [];
  readonly #sent = new Map<PendingCall, Link>();
  /** Nodes that let a call's time pass without a word, as a paused one does, and have not answered anything since. */
  readonly #silent = new Set<Link>();
  readonly #finder: LeaderFinder;

  /** @param links while none is known to lead, the first that is up, and answers, coordinates. */
  constructor(links: readonly Link[], requestFlush: () => void) {
    this.#links = links;
    this.#finder = new LeaderFinder(links);
    this.#requestFlush = requestFlush;
  }

  add(call: PendingCall): void {
    this.#queue.push(call);
    this.#requestFlush();
  }

  flush(): void {
    const first = this.#first();
    if (first === undefined) return;
    const nearest = this.#nearest() ?? first;
    for (const call of this.#queue) {
      const link = isOverNodes(call.call.input) ? first : nearest;
      this.#sent.set(call, link);
      link.transaction({ call: Buffer.from(JSON.stringify(call.call.input)) }, (bytes) => {
        this.#sent.delete(call);
        this.#silent.delete(link);
        const hinted = decode(bytes);
        if (hinted === undefined) {
          return call.fail({ kind: "Unknown", led: true, message: "the answer cannot be read" });
        }
        const { leader, reply } = hinted;
        this.#finder.learn(leader);
        call.succeed(reply, null);
      });
    }
    this.#queue = [];
  }

  down(node: number): void {
    for (const link of this.#silent) if (link.id === node) this.#silent.delete(link);
    for (const [call, link] of this.#sent) {
      if (link.id !== node) continue;
      this.#sent.delete(call);
      call.fail({ kind: "Unknown", led: true, message: "the node that coordinated the transaction was lost" });
    }
  }

  expire(now: number): void {
    for (const call of this.#queue) {
      if (call.expiry <= now) call.fail({ kind: "NoLeader", message: "no node is reached" });
    }
    this.#queue = this.#queue.filter((call) => !call.settled);
    for (const [call, link] of this.#sent) {
      if (call.expiry > now) continue;
      this.#silent.add(link);
      call.fail({ kind: "Unknown", led: true, message: "not answered in time: it may have happened, or may yet" });
      this.#sent.delete(call);
    }
  }

  close(): void {
    this.expire(Number.POSITIVE_INFINITY);
  }

  /** The leader of their log, when it is known, reached and not silent. */
  #nearest(): Link | undefined {
    const { leader } = this.#finder;
    return leader !== undefined && !this.#silent.has(leader) ? leader : undefined;
  }

  /** In the order of their ids. */
  #first(): Link | undefined {
    return this.#links.find((link) => link.up && !this.#silent.has(link)) ?? this.#links.find(({ up }) => up);
  }
}

function isOverNodes(input: unknown): boolean {
  const call = TransactionCall.pick({ operations: true }).safeParse(input);
  return call.success && call.data.operations.some((operation) => "node" in operation);
}

function decode(bytes: Uint8Array): { readonly reply: TransactionReply; readonly leader: number | null } | undefined {
  try {
    const reply = readJson(bytes);
    return { reply: TransactionReply.parse(reply), ...TransactionHint.parse(reply) };
  } catch {
    return undefined;
  }
}
