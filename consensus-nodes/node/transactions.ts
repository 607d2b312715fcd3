/** Two-phase commit as this node takes part in it: participant, coordinator, and finisher of what others began. */
import type { CoreChannel } from "../client/core-channel.ts";
import { CoreClient } from "../client/core-client.ts";
import { NodeLink } from "../client/node-link.ts";
import type { NodeConfiguration } from "../configuration.ts";
import type { LogStorage } from "../replica/log-storage.ts";
import { systemClock } from "../two-phase-commit/clock.ts";
import { Coordinator } from "../two-phase-commit/coordinator.ts";
import { GroupParticipant } from "../two-phase-commit/group-participant.ts";
import { LocalParticipant } from "../two-phase-commit/local-participant.ts";
import { type LocalResource, VoteOnly } from "../two-phase-commit/local-resource.ts";
import { NodeParticipant, NodeStubs } from "../two-phase-commit/node-participant.ts";
import type { ParticipantName } from "../two-phase-commit/participant.ts";
import { createPhaseLog } from "../two-phase-commit/phase-log.ts";
import { RECOVERY_INTERVAL_MS, Recovery, type Waiting } from "../two-phase-commit/recovery.ts";
import { TransactionService } from "../two-phase-commit/transaction-service.ts";
import { Transactor } from "../two-phase-commit/transactor.ts";
import type { TransactionCall, TransactionReply } from "../wire/transaction-call.ts";
import { reachFaultPoint } from "./fault-point.ts";
import type { MemberGroup } from "./member-group.ts";
import type { NodeLog } from "./node-log.ts";
import { OwnLink } from "./own-link.ts";
import { mayBeUntold } from "./untold.ts";

export interface TransactionsOptions {
  readonly configuration: NodeConfiguration;
  /** The node's own log of promises. */
  readonly storage: LogStorage;
  readonly groups: ReadonlyMap<string, MemberGroup>;
  /** Beside voting only. */
  readonly resources: readonly LocalResource[];
  /** Nodes that this one was connected to, and is no more. */
  readonly lost: () => readonly number[];
  /** Told of each request that this node, as coordinator, sends to a node about an operation. */
  readonly onRequest: (request: "vote" | "commit" | "abort", node: number, operation: string) => void;
  readonly log: NodeLog;
}

export class Transactions {
  readonly service: TransactionService;
  /** What this node itself has promised. */
  readonly participant: LocalParticipant;
  /** This node's own way to all groups. */
  readonly channel: CoreChannel;
  readonly #client: CoreClient;
  readonly #stubs: NodeStubs[];
  readonly #transactor: Transactor;
  readonly #recovery: Recovery;
  readonly #waiting: () => readonly Waiting[];
  readonly #onRecoveryFailure: (error: unknown) => void;
  /** On the clock of performance.now(). */
  #recoveredAt = performance.now();

  constructor({ configuration, storage, groups, resources, lost, onRequest, log }: TransactionsOptions) {
    const { id, nodes, vote } = configuration;
    const phaseLog = createPhaseLog(id, configuration.rpcLog === "off" ? () => {} : (line) => log.line(line));
    const logger = log.logger.child({ part: "two-phase commit" });
    const onContradiction = (transaction: string, participant: ParticipantName, reason: string) =>
      logger.fatal({ transaction, participant, reason }, "a participant knows another outcome");
    const participant = new LocalParticipant({
      storage,
      resources: [...resources, new VoteOnly((transaction) => vote.abortAll || vote.abort.includes(transaction))],
      now: Date.now,
      onStep: reachFaultPoint,
    });
    this.participant = participant;
    this.#client = new CoreClient({
      nodes,
      // What this node leads it reaches without a stream: a round trip less before a decision.
      dial: (node, address, events) => (node === id ? new OwnLink(id, groups) : new NodeLink(node, address, events)),
    });
    this.channel = this.#client;
    this.#stubs = nodes.map((node) => new NodeStubs(node.id, node.address));
    const coordinator = new Coordinator({
      name: String(id),
      channel: this.#client,
      clock: systemClock,
      onStep: reachFaultPoint,
      onContradiction,
    });
    const nodeParticipant = (node: number, operation: string) => {
      const stubs = this.#stubs.find((candidate) => candidate.id === node);
      if (stubs === undefined) return undefined;
      return new NodeParticipant({
        stubs,
        operation,
        coordinator: String(id),
        log: phaseLog,
        onRequest: (request) => onRequest(request, node, operation),
      });
    };
    this.#transactor = new Transactor({
      channel: this.#client,
      coordinator,
      nodeParticipant,
      groups: [...groups.keys()],
    });
    this.#waiting = () => [
      ...participant.waiting.map((waiting): Waiting => ({ id: waiting, participant: `node:${id}` })),
      ...[...groups.values()].flatMap(({ name, replica }) =>
        replica.status.role === "leader"
          ? replica.waitingTransactions.map((waiting): Waiting => ({ id: waiting, participant: `group:${name}` }))
          : [],
      ),
    ];
    this.#recovery = new Recovery({
      channel: this.#client,
      clock: systemClock,
      mayBeUntold: () => mayBeUntold(groups.get("transactions")?.replica),
      waiting: this.#waiting,
      lost: () => lost().map(String),
      participant: (name) => {
        const [kind, which] = name.split(":");
        if (kind === "node") return nodeParticipant(Number(which), "");
        return which !== undefined && groups.has(which) ? new GroupParticipant(this.#client, which, []) : undefined;
      },
      onContradiction,
    });
    this.service = new TransactionService({
      id,
      nodes: () => this.#stubs.map((stubs) => stubs.id),
      participant,
      transact: (call) => this.transact(call),
      log: phaseLog,
      onFailure: (error) => logger.error({ err: error }, "a request failed"),
    });
    this.#onRecoveryFailure = (error) => logger.error({ err: error }, "recovery failed");
  }

  /** Goes by the node's ticks, for a timer of its own would wake up an idle node more often than its heartbeats. */
  tick(): void {
    const now = performance.now();
    if (now - this.#recoveredAt < RECOVERY_INTERVAL_MS) return;
    this.#recoveredAt = now;
    this.#recovery.round().catch(this.#onRecoveryFailure);
  }

  /** Nothing waits here for an outcome: recovery has time. */
  get settled(): boolean {
    return this.#waiting().length === 0;
  }

  /** One more node, which may lead a group, or take part, from now on. */
  know(id: number, address: string): void {
    this.#client.know(id, address);
    if (!this.#stubs.some((stubs) => stubs.id === id)) this.#stubs.push(new NodeStubs(id, address));
  }

  transact(call: TransactionCall): Promise<TransactionReply> {
    return this.#transactor.transact(call);
  }

  close(): void {
    this.#client.close();
    for (const stubs of this.#stubs) stubs.close();
  }
}
