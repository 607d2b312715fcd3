/** This node as its own client of the groups reaches it: in place of a stream through its own port, a call. */
import type { Link, OnOutcome } from "../client/node-link.ts";
import type { TransactionReply } from "../wire/transaction-call.ts";
import type { MemberGroup } from "./member-group.ts";

export class OwnLink implements Link {
  readonly id: number;
  readonly up = true;
  readonly #groups: ReadonlyMap<string, MemberGroup>;
  #calls: (() => void)[] = [];
  #closed = false;

  constructor(id: number, groups: ReadonlyMap<string, MemberGroup>) {
    this.id = id;
    this.#groups = groups;
  }

  batch({ group, commands, forward }: Parameters<Link["batch"]>[0], onOutcome: OnOutcome): void {
    const reply = this.#replyTo(onOutcome);
    this.#calls.push(() => {
      const member = this.#groups.get(group);
      if (member === undefined) reply({ ok: false, refusal: "Invalid", leader: null, message: `no group ${group}` });
      else member.submit(commands, forward, reply);
    });
  }

  query({ group, name, input, after, stale }: Parameters<Link["query"]>[0], onOutcome: OnOutcome): void {
    const reply = this.#replyTo(onOutcome);
    this.#calls.push(() => {
      const member = this.#groups.get(group);
      if (member === undefined) return reply({ ok: false, e: "Invalid", m: `no group ${group}` });
      const asked = { name, input: JSON.parse(input.toString()), stale, ...(after > 0 && { after }) };
      member.query(asked, reply);
    });
  }

  /** A node hands no transactions to itself: it runs them. */
  transaction(_: unknown, onOutcome: OnOutcome): void {
    const reason = "a node's own client runs no transactions";
    this.#replyTo(onOutcome)({ kind: "refused", id: "", reused: false, reason } satisfies TransactionReply);
  }

  flush(): void {
    const calls = this.#calls;
    this.#calls = [];
    for (const call of calls) call();
  }

  close(): void {
    this.#closed = true;
    this.#calls = [];
  }

  /** Replies come as over a stream: as bytes, never within the call, never after the end. */
  #replyTo(onOutcome: OnOutcome): (outcome: unknown) => void {
    return (outcome) => {
      const bytes = Buffer.from(JSON.stringify(outcome));
      queueMicrotask(() => {
        if (!this.#closed) onOutcome(bytes);
      });
    };
  }
}
