/**
 * What a handler holds: `core.queue.addTrack({ … })`. Types come from the machines' definitions; nothing of the machines is
 * loaded, so this may be bundled into an isolate.
 */
import type { Groups } from "../groups.ts";
import type { Command, Machine, Query } from "../machines/machine.ts";
import { SHOW, TRANSACT, TransactionOutcome, TransactionReply } from "../wire/transaction-call.ts";
import type { CoreCall, CoreChannel, CoreReply } from "./core-channel.ts";
import { CoreError } from "./core-failure.ts";

export interface QueryOptions {
  /** Answer from a state that has applied at least this index: what follows one's own write needs no read index. */
  readonly after?: number;
  /** Answer from whatever some node has applied. */
  readonly stale?: boolean;
  /** Told of a stale answer's age: milliseconds since its state is known to have been the newest; undefined: that was never known. */
  readonly onAge?: (age: number | undefined) => void;
}

type CommandMethods<M extends Machine> = {
  readonly [K in keyof M["commands"]]: M["commands"][K] extends Command<infer _S, infer Input, infer Result>
    ? (input: Input) => Promise<Result>
    : never;
};

type QueryMethods<M extends Machine> = {
  readonly [K in keyof M["queries"]]: M["queries"][K] extends Query<infer _S, infer Input, infer Result>
    ? (input: Input, options?: QueryOptions) => Promise<Result>
    : never;
};

/** @throws {CoreError} from every method, when the core gave no result. */
export type Core = {
  readonly [G in keyof Groups]: CommandMethods<Groups[G]> & QueryMethods<Groups[G]>;
} & {
  /**
   * Commands of several groups and operations of nodes, all or nothing. Under an idempotency key the transaction's id follows
   * from the key; else from `id`, or it is made up. A reply `unknown` names the id to ask `outcome` about.
   */
  transact(operations: readonly TransactionOperation[], id?: string): Promise<TransactionReply>;
  /**
   * What became of a transaction: the decision as it stands in the log of transactions, linearizable. Ask again while it is
   * `open`, which it is for seconds at most: what nobody decides is then aborted.
   */
  outcome(id: string): Promise<TransactionOutcome>;
};

type GroupOperation = {
  [G in keyof Groups]: {
    [K in keyof Groups[G]["commands"]]: Groups[G]["commands"][K] extends Command<infer _S, infer Input, infer _R>
      ? { readonly group: G; readonly command: K; readonly input: Input }
      : never;
  }[keyof Groups[G]["commands"]];
}[keyof Groups];

/** A command of a group that has keys, or what the resources of a node understand. */
export type TransactionOperation = GroupOperation | { readonly node: number; readonly operation: string };

/** What holds for all calls of one request. */
export interface CallScope {
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  readonly traceparent?: string;
  /** Milliseconds since the epoch: what is left until then is each call's. */
  readonly deadline?: number;
  /** Milliseconds that each call has where there is no deadline. */
  readonly timeout?: number;
  /** Sees every reply before the caller does: it names the leader. */
  readonly observe?: (reply: CoreReply) => void;
}

const transactionsGroup: keyof Groups = "transactions";

type Method = (input: unknown, options?: QueryOptions) => Promise<unknown>;

/** Binds a request to the core. The n-th call under an idempotency key has a key of its own, `<key>#<n>`. */
export function bindCore(channel: CoreChannel, scope: CallScope): Core {
  // The proxy has every name; `Core` says which of them the other end knows.
  return new Proxy({} as Core, new Binding(channel, scope));
}

/** One request's way to the groups. Every request has one, so it is made of as few objects as will do. */
class Binding implements ProxyHandler<Core> {
  readonly #channel: CoreChannel;
  readonly #scope: CallScope;
  #calls = 0;

  constructor(channel: CoreChannel, scope: CallScope) {
    this.#channel = channel;
    this.#scope = scope;
  }

  get(_: Core, name: string | symbol): unknown {
    switch (name) {
      case "transact":
        return (operations: readonly TransactionOperation[], id?: string) => this.#transact(operations, id);
      case "outcome":
        return (id: string) => this.#outcome(id);
      default:
        return new Proxy({}, new GroupBinding(this, String(name)));
    }
  }

  async call(group: string, name: string, input: unknown, options?: QueryOptions): Promise<unknown> {
    const reply = await this.#channel.call(this.#stamped(group, name, input, options));
    this.#scope.observe?.(reply);
    if (!reply.ok) throw new CoreError(reply.failure);
    options?.onAge?.(reply.age);
    return reply.value;
  }

  #stamped(group: string, name: string, input: unknown, options: QueryOptions | undefined): CoreCall {
    const { idempotency, traceparent, deadline, timeout: each } = this.#scope;
    const number = this.#calls++;
    const timeout = deadline === undefined ? each : Math.max(0, deadline - Date.now());
    const call: CoreCall = timeout === undefined ? { group, name, input } : { group, name, input, timeout };
    // Most calls are commands without either.
    if (options === undefined && idempotency === undefined && traceparent === undefined) return call;
    const { onAge: _, ...asked } = options ?? {};
    return {
      ...call,
      ...asked,
      ...(idempotency && { idempotency: { ...idempotency, key: `${idempotency.key}#${number}` } }),
      ...(traceparent !== undefined && { traceparent }),
    };
  }

  async #transact(operations: readonly TransactionOperation[], id?: string): Promise<TransactionReply> {
    const { idempotency } = this.#scope;
    const chosen = idempotency === undefined ? id : `${idempotency.key}#${this.#calls}`;
    const call = { ...(chosen !== undefined && { id: chosen }), operations };
    return TransactionReply.parse(await this.call(transactionsGroup, TRANSACT, call));
  }

  async #outcome(id: string): Promise<TransactionOutcome> {
    return TransactionOutcome.parse((await this.call(transactionsGroup, SHOW, { id })) ?? { id });
  }
}

class GroupBinding implements ProxyHandler<object> {
  readonly #binding: Binding;
  readonly #group: string;

  constructor(binding: Binding, group: string) {
    this.#binding = binding;
    this.#group = group;
  }

  get(_: object, name: string | symbol): Method {
    return (input, options) => this.#binding.call(this.#group, String(name), input, options);
  }
}
