/** proto/core.proto: commands and queries of those who hold functions, on one stream each. */
import { Metadata, type ServerDuplexStream } from "@grpc/grpc-js";
import type { Calls, Query, Replies, Reply } from "../../proto/generated/core.ts";
import { groups } from "../groups.ts";
import { explainIssues } from "../replica/explain-issues.ts";
import type { ReplicaQuery } from "../replica/pending-queries.ts";
import { readJson } from "../wire/read-json.ts";
import { TransactionCall, type TransactionReply } from "../wire/transaction-call.ts";
import type { MemberGroup } from "./member-group.ts";
import type { Transactions } from "./transactions.ts";
import type { Turn } from "./turn.ts";

export class CoreStreams {
  readonly #groups: ReadonlyMap<string, MemberGroup>;
  readonly #transactions: Transactions;
  readonly #turn: Turn;

  constructor(groups: ReadonlyMap<string, MemberGroup>, transactions: Transactions, turn: Turn) {
    this.#groups = groups;
    this.#transactions = transactions;
    this.#turn = turn;
  }

  accept(call: ServerDuplexStream<Calls, Replies>): void {
    // Told at once: a client counts a stream as open only then.
    call.sendMetadata(new Metadata());
    let outbox: Reply[] = [];
    const flush = () => {
      if (!call.destroyed && outbox.length > 0) call.write({ replies: outbox });
      outbox = [];
    };
    const reply = (id: number, outcome: unknown) => {
      outbox.push({ id, outcome: Buffer.from(JSON.stringify(outcome)) });
      this.#turn.requestFlush(flush);
    };
    call.on("data", (calls: Calls) => {
      for (const batch of calls.batches) {
        const group = this.#groups.get(batch.group);
        if (group === undefined) {
          reply(batch.id, { ok: false, refusal: "Invalid", leader: null, message: `no group ${batch.group}` });
        } else {
          group.submit(batch.commands, batch.forward, (outcome) => reply(batch.id, outcome));
        }
      }
      for (const query of calls.queries) this.#query(query, (outcome) => reply(query.id, outcome));
      for (const { id, call: bytes } of calls.transactions) {
        this.#transact(bytes).then((outcome) => reply(id, { ...outcome, leader: this.#leaderOfTransactions }));
      }
    });
    call.on("end", () => call.end());
    call.on("error", () => call.destroy());
  }

  /** As far as this node knows: the node where a transaction has the shortest way to its decision. */
  get #leaderOfTransactions(): number | null {
    return this.#groups.get(groups.transactions.name)?.replica.status.leader ?? null;
  }

  async #transact(bytes: Uint8Array): Promise<TransactionReply> {
    const call = TransactionCall.safeParse(parseJson(bytes)?.value);
    if (!call.success) return { kind: "refused", id: "", reused: false, reason: explainIssues(call.error.issues) };
    try {
      return await this.#transactions.transact(call.data);
    } catch (error) {
      return { kind: "unknown", id: call.data.id ?? "", reason: String(error) };
    }
  }

  #query({ group: name, name: query, input, after, stale }: Query, reply: (outcome: unknown) => void): void {
    const group = this.#groups.get(name);
    if (group === undefined) return reply({ ok: false, e: "Invalid", m: `no group ${name}` });
    const parsed = parseJson(input);
    if (parsed === undefined) return reply({ ok: false, e: "Invalid", m: "the input is not JSON" });
    const asked: ReplicaQuery = { name: query, input: parsed.value, stale, ...(after > 0 && { after }) };
    group.query(asked, reply);
  }
}

function parseJson(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: readJson(bytes) };
  } catch {
    return undefined;
  }
}
