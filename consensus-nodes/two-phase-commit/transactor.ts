/** From a transaction as functions ask for it to its participants, and back to one result per operation. */
import { createHash, randomUUID } from "node:crypto";
import type { CoreChannel } from "../client/core-channel.ts";
import { MAX_PARTICIPANTS } from "../machines/transactions.ts";
import type { Operation, TransactionCall, TransactionReply } from "../wire/transaction-call.ts";
import type { Coordinator } from "./coordinator.ts";
import { GroupParticipant } from "./group-participant.ts";
import type { Participant, ParticipantName, Told } from "./participant.ts";

export interface TransactorOptions {
  readonly channel: CoreChannel;
  readonly coordinator: Coordinator;
  /** Undefined when there is no such node. */
  readonly nodeParticipant: (node: number, operation: string) => Participant | undefined;
  readonly groups: readonly string[];
  /** For a transaction that has no id yet; `randomUUID` when absent. */
  readonly uniqueName?: () => string;
}

/** The operations of one participant, with their places in the call. */
interface Share {
  readonly participant: Participant;
  readonly places: readonly number[];
}

export class Transactor {
  readonly #options: TransactorOptions;

  constructor(options: TransactorOptions) {
    this.#options = options;
  }

  async transact(call: TransactionCall): Promise<TransactionReply> {
    const id = call.id ?? (this.#options.uniqueName ?? randomUUID)();
    const shares = this.#shares(call.operations);
    if (typeof shares === "string") return { kind: "refused", id, reused: false, reason: shares };
    if (shares.length > MAX_PARTICIPANTS) {
      return {
        kind: "refused",
        id,
        reused: false,
        reason: `a transaction has ${MAX_PARTICIPANTS} participants at most`,
      };
    }
    const outcome = await this.#options.coordinator.transact({
      id,
      fresh: call.id === undefined,
      fingerprint: createHash("sha256").update(JSON.stringify(call.operations)).digest("hex"),
      participants: shares.map(({ participant }) => participant),
    });
    if (outcome.kind === "refused" || outcome.kind === "unknown") return { id, ...outcome };
    const { votes, reason, told } = outcome;
    const acknowledged = [...told].filter(([, { kind }]) => kind === "acknowledged").map(([name]) => name);
    if (outcome.kind === "aborted") return { kind: "aborted", id, votes, acknowledged, reason };
    return { kind: "committed", id, votes, acknowledged, results: collect(call.operations.length, shares, told) };
  }

  /** One participant per group and node; a sentence when the operations name what does not exist. */
  #shares(operations: readonly Operation[]): readonly Share[] | string {
    const commands = new Map<string, { readonly list: [string, unknown][]; readonly places: number[] }>();
    const nodes = new Map<number, Share>();
    for (const [place, operation] of operations.entries()) {
      if ("node" in operation) {
        const participant = this.#options.nodeParticipant(operation.node, operation.operation);
        if (participant === undefined) return `there is no node ${operation.node}`;
        if (nodes.has(operation.node)) return `node ${operation.node} takes part twice`;
        nodes.set(operation.node, { participant, places: [place] });
        continue;
      }
      const { group, command, input } = operation;
      if (!this.#options.groups.includes(group)) return `there is no group ${group}`;
      const share = commands.get(group) ?? { list: [], places: [] };
      share.list.push([command, input]);
      share.places.push(place);
      commands.set(group, share);
    }
    const groups = [...commands].map(([group, { list, places }]) => ({
      participant: new GroupParticipant(this.#options.channel, group, list),
      places,
    }));
    return [...groups, ...nodes.values()];
  }
}

function collect(count: number, shares: readonly Share[], told: ReadonlyMap<ParticipantName, Told>): unknown[] {
  const results: unknown[] = Array.from({ length: count }, () => null);
  for (const { participant, places } of shares) {
    const answer = told.get(participant.name);
    if (answer?.kind !== "acknowledged" || answer.results === undefined) continue;
    for (const [position, place] of places.entries()) results[place] = answer.results[position] ?? null;
  }
  return results;
}
