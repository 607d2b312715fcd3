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
  /** Milliseconds since the epoch. */
  readonly deadline?: number;
  /** Sees every reply before the caller does: it names the leader. */
  readonly observe?: (reply: CoreReply) => void;
}

const transactionsGroup: keyof Groups = "transactions";

type Method = (input: unknown, options?: QueryOptions) => Promise<unknown>;

/** Binds a request to the core. The n-th call under an idempotency key has a key of its own, `<key>#<n>`. */
export function bindCore(channel: CoreChannel, scope: CallScope): Core {
  let calls = 0;
  const method =
    (group: string, name: string): Method =>
    async (input, { onAge, ...options } = {}) => {
      const number = calls++;
      const call: CoreCall = {
        group,
        name,
        input,
        ...options,
        ...(scope.idempotency && {
          idempotency: { ...scope.idempotency, key: `${scope.idempotency.key}#${number}` },
        }),
        ...(scope.traceparent !== undefined && { traceparent: scope.traceparent }),
        ...(scope.deadline !== undefined && { timeout: Math.max(0, scope.deadline - Date.now()) }),
      };
      const reply = await channel.call(call);
      scope.observe?.(reply);
      if (!reply.ok) throw new CoreError(reply.failure);
      onAge?.(reply.age);
      return reply.value;
    };
  const transact = async (operations: readonly TransactionOperation[], id?: string): Promise<TransactionReply> => {
    const chosen = scope.idempotency === undefined ? id : `${scope.idempotency.key}#${calls}`;
    const call = { ...(chosen !== undefined && { id: chosen }), operations };
    return TransactionReply.parse(await method(transactionsGroup, TRANSACT)(call));
  };
  const outcome = async (id: string): Promise<TransactionOutcome> =>
    TransactionOutcome.parse(await method(transactionsGroup, SHOW)({ id }).then((record) => record ?? { id }));
  const own = new Map<string | symbol, unknown>(Object.entries({ transact, outcome }));
  const group = (name: string) => new Proxy({}, { get: (_, key) => method(name, String(key)) });
  // The proxy has every name; `Core` says which of them the other end knows.
  return new Proxy({} as Core, { get: (_, name) => own.get(name) ?? group(String(name)) });
}
