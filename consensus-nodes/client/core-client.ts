/**
 * The host half: one stream per node, shared by all groups. All calls that are made in one turn of the event loop travel
 * together; every call has a deadline.
 */
import { groups } from "../groups.ts";
import type { Machine } from "../machines/machine.ts";
import { TRANSACT } from "../wire/transaction-call.ts";
import { DECIDE, PREPARE } from "../wire/transaction-command.ts";
import { type ClientRuntime, systemRuntime } from "./client-runtime.ts";
import type { CoreCall, CoreChannel, CoreReply } from "./core-channel.ts";
import type { CoreFailure } from "./core-failure.ts";
import { GroupCommands } from "./group-commands.ts";
import { GroupQueries } from "./group-queries.ts";
import { type Link, NodeLink, type NodeLinkEvents } from "./node-link.ts";
import { PendingCall } from "./pending-call.ts";
import { TransactionCalls } from "./transaction-calls.ts";

/** Milliseconds a call may take when it does not say. */
export const DEFAULT_TIMEOUT_MS = 3000;
/** Calls held at most: beyond that callers are told so, rather than the process running out of memory. */
const MAX_PENDING_CALLS = 20_000;
/** How often late calls are looked for, while there are any. */
const EXPIRY_CHECK_MS = 25;

export interface CoreClientOptions {
  readonly nodes: readonly { readonly id: number; readonly address: string }[];
  /** The machines that the nodes replicate; those of groups.ts when absent. */
  readonly machines?: readonly Machine[];
  readonly runtime?: ClientRuntime;
  readonly dial?: (id: number, address: string, events: NodeLinkEvents) => Link;
}

interface Group {
  readonly machine: Machine;
  readonly commands: GroupCommands;
  readonly queries: GroupQueries;
}

export class CoreClient implements CoreChannel {
  readonly #links: Link[];
  readonly #open: (id: number, address: string) => Link;
  readonly #groups = new Map<string, Group>();
  readonly #transactions: TransactionCalls;
  readonly #runtime: ClientRuntime;
  #cancelExpiry: (() => void) | undefined;
  #pending = 0;
  #flushScheduled = false;
  #closed = false;

  constructor({ nodes, machines, runtime, dial }: CoreClientOptions) {
    this.#runtime = runtime ?? systemRuntime;
    const open = dial ?? ((id, address, events) => new NodeLink(id, address, events));
    const requestFlush = () => this.#requestFlush();
    const onDown = (node: number) => {
      for (const { commands, queries } of this.#groups.values()) {
        commands.down(node);
        queries.down(node);
      }
      this.#transactions.down(node);
    };
    this.#open = (id, address) => open(id, address, { onUp: requestFlush, onDown });
    this.#links = nodes.map(({ id, address }) => this.#open(id, address));
    this.#transactions = new TransactionCalls(this.#links, requestFlush);
    for (const machine of machines ?? Object.values<Machine>(groups)) {
      const options = { group: machine.name, links: this.#links, requestFlush, runtime: this.#runtime };
      const commands = new GroupCommands({ ...options, flush: () => this.#flush() });
      const queries = new GroupQueries({ ...options, finder: commands.finder });
      this.#groups.set(machine.name, { machine, commands, queries });
    }
  }

  /** Calls that wait for an answer. */
  get pending(): number {
    return this.#pending;
  }

  /** One more node, which may lead a group from now on. One that is known stays as it is. */
  know(id: number, address: string): void {
    if (!this.#closed && !this.#links.some((link) => link.id === id)) this.#links.push(this.#open(id, address));
  }

  call(call: CoreCall): Promise<CoreReply> {
    const group = this.#groups.get(call.group);
    const kind = group === undefined ? undefined : kindOf(group.machine, call.name);
    if (group === undefined || kind === undefined) {
      return refuse({ kind: "Invalid", message: `there is no ${call.group}.${call.name}` });
    }
    if (this.#closed) return refuse({ kind: "NoLeader", message: "the client is closed" });
    if (this.#pending >= MAX_PENDING_CALLS) return refuse({ kind: "Overloaded", message: "too many calls wait" });
    this.#pending++;
    if (this.#cancelExpiry === undefined) this.#checkExpiry();
    return new Promise((resolve) => {
      const expiry = this.#runtime.now() + (call.timeout ?? DEFAULT_TIMEOUT_MS);
      const pending = new PendingCall(call, expiry, (reply) => {
        this.#pending--;
        resolve(reply);
      });
      if (kind === "transaction") this.#transactions.add(pending);
      else if (kind === "command") group.commands.add(pending);
      else group.queries.add(pending);
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelExpiry?.();
    for (const { commands, queries } of this.#groups.values()) {
      commands.close();
      queries.close();
    }
    this.#transactions.close();
    for (const link of this.#links) link.close();
  }

  #checkExpiry(): void {
    this.#cancelExpiry = this.#runtime.after(EXPIRY_CHECK_MS, () => {
      this.#cancelExpiry = undefined;
      this.#expire();
      if (this.#pending > 0) this.#checkExpiry();
    });
  }

  #expire(): void {
    const now = this.#runtime.now();
    for (const { commands, queries } of this.#groups.values()) {
      commands.expire(now);
      queries.expire(now);
    }
    this.#transactions.expire(now);
  }

  #requestFlush(): void {
    if (this.#flushScheduled || this.#closed) return;
    this.#flushScheduled = true;
    this.#runtime.nextTurn(() => {
      this.#flush();
      this.#flushScheduled = false;
    });
  }

  #flush(): void {
    const scheduled = this.#flushScheduled;
    // What the groups put on the links leaves in this very turn.
    this.#flushScheduled = true;
    for (const { commands, queries } of this.#groups.values()) {
      commands.flush();
      queries.flush();
    }
    this.#transactions.flush();
    for (const link of this.#links) link.flush();
    this.#flushScheduled = scheduled;
  }
}

/** Undefined when the machine has no such name. */
function kindOf(machine: Machine, name: string): "command" | "query" | "transaction" | undefined {
  if (Object.hasOwn(machine.commands, name) || name === PREPARE || name === DECIDE) return "command";
  if (Object.hasOwn(machine.queries, name)) return "query";
  return name === TRANSACT && machine.name === groups.transactions.name ? "transaction" : undefined;
}

function refuse(failure: CoreFailure): Promise<CoreReply> {
  return Promise.resolve({ ok: false, failure });
}
