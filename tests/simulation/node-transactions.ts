/** The real two-phase commit of one life of a node, wired as in node/transactions.ts, over simulated links. */
import { CoreClient } from "../../consensus-nodes/client/core-client.ts";
import { mayBeUntold } from "../../consensus-nodes/node/untold.ts";
import type { LogStorage } from "../../consensus-nodes/replica/log-storage.ts";
import type { Clock } from "../../consensus-nodes/two-phase-commit/clock.ts";
import { Coordinator } from "../../consensus-nodes/two-phase-commit/coordinator.ts";
import { GroupParticipant } from "../../consensus-nodes/two-phase-commit/group-participant.ts";
import { LocalParticipant } from "../../consensus-nodes/two-phase-commit/local-participant.ts";
import type { LocalResource } from "../../consensus-nodes/two-phase-commit/local-resource.ts";
import type { Participant, Told } from "../../consensus-nodes/two-phase-commit/participant.ts";
import type { Vote } from "../../consensus-nodes/two-phase-commit/promises.ts";
import { RECOVERY_INTERVAL_MS, Recovery, type Waiting } from "../../consensus-nodes/two-phase-commit/recovery.ts";
import { Transactor } from "../../consensus-nodes/two-phase-commit/transactor.ts";
import { clientRuntime } from "./client-runtime.ts";
import type { NodeLife } from "./node-life.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { StreamLink } from "./stream-link.ts";
import type { World } from "./world.ts";

/** Of each node, at each look. */
const BELIEVED_LOST = 0.05;
/** Milliseconds to carry an operation out, at most. */
const CARRY_OUT = 3;

export class NodeTransactions {
  readonly participant: LocalParticipant;
  readonly transactor: Transactor;
  readonly #world: World;
  readonly #node: SimulatedNode;
  readonly #life: NodeLife;

  constructor(world: World, node: SimulatedNode, life: NodeLife, storage: LogStorage) {
    this.#world = world;
    this.#node = node;
    this.#life = life;
    const { settings, nodes, witness, planted } = world;
    const channel = planted.channel(
      new CoreClient({
        nodes: world.ids.map((id) => ({ id, address: "" })),
        machines: settings.machines,
        runtime: clientRuntime(world, life, `n${life.name}`),
        dial: (id, _, events) => new StreamLink(id, world.server(id), life, world, events),
      }),
    );
    const clock: Clock = {
      now: () => world.schedule.now,
      after: (milliseconds, run) => life.after(milliseconds, run),
      random: node.random.next,
    };
    const onStep = (step: string, id: string) => {
      if (!life.alive) return;
      world.trace.add(`${step} ${id}`, node.id);
      world.reached(step, node);
    };
    const onContradiction = (id: string, name: string, reason: string) =>
      witness.transactions.contradicts(id, name, reason);
    this.participant = new LocalParticipant({
      storage,
      resources: [this.#resource()],
      now: () => node.clock,
      onStep,
    });
    const coordinator = new Coordinator({ name: String(node.id), channel, clock, onStep, onContradiction });
    const nodeParticipant = (id: number, operation: string) =>
      nodes[id] === undefined ? undefined : this.#remote(id, operation);
    let transactionsBegun = 0;
    this.transactor = new Transactor({
      channel,
      coordinator,
      nodeParticipant,
      groups: settings.machines.map(({ name }) => name),
      uniqueName: () => `${life.name}-${++transactionsBegun}`,
    });
    if (!life.replicas.has("transactions")) return;
    const recovery = new Recovery({
      channel,
      clock,
      mayBeUntold: () => mayBeUntold(life.replicas.get("transactions")),
      waiting: () => [
        ...this.participant.waiting.map((id): Waiting => ({ id, participant: `node:${node.id}` })),
        ...[...life.replicas].flatMap(([name, replica]) =>
          replica.status.role === "leader"
            ? replica.waitingTransactions.map((id): Waiting => ({ id, participant: `group:${name}` }))
            : [],
        ),
      ],
      // Who lives may be believed to be gone: it costs a transaction, and no promise.
      lost: () => nodes.map(({ id }) => String(id)).filter(() => node.random.chance(BELIEVED_LOST)),
      participant: (name) => {
        const [kind, which] = name.split(":");
        if (kind === "node") return nodeParticipant(Number(which), "");
        return which === undefined ? undefined : new GroupParticipant(channel, which, []);
      },
      onContradiction,
    });
    const round = () => {
      recovery.round().catch(world.fail);
      clock.after(RECOVERY_INTERVAL_MS, round);
    };
    clock.after(RECOVERY_INTERVAL_MS * node.random.next(), round);
  }

  /** Stamps: durable as they are carried out, and lost when the node dies meanwhile. */
  #resource(): LocalResource {
    const { witness } = this.#world;
    const { id: node, random } = this.#node;
    return {
      understands: () => true,
      keys: (operation) => [operation],
      check: async (id) => (random.chance(0.02) ? `no for ${id}` : undefined),
      commit: (id) =>
        new Promise((resolve) => {
          this.#life.after(random.next() * CARRY_OUT, () => {
            witness.transactions.told(`node:${node}`, id, true);
            resolve();
          });
        }),
      abort: async (id) => {
        if (!this.#life.alive) return new Promise(() => {});
        witness.transactions.told(`node:${node}`, id, false);
      },
    };
  }

  /** Another node, or this one, over the network; each request is sent once. */
  #remote(to: number, operation: string): Participant {
    const { network, nodes, fail } = this.#world;
    const from = this.#node.id;
    const life = this.#life;
    const exchange = <T>(timeout: number, late: T, serve: (participant: LocalParticipant) => Promise<T>) =>
      new Promise<T>((resolve) => {
        if (!life.alive) return;
        life.after(timeout, () => resolve(late));
        network.send(from, to, () => {
          const target = nodes[to]?.life;
          target?.run(() => {
            serve(target.transactions.participant).then((reply) => {
              if (target.alive) network.send(to, from, () => life.run(() => resolve(reply)));
            }, fail);
          });
        });
      });
    return {
      name: `node:${to}`,
      prepare: (id, { timeout }) => {
        const late: Vote = { yes: false, locked: false, reason: "did not answer in time" };
        return exchange(timeout, late, (participant) => participant.prepare(id, String(from), operation));
      },
      tell: (id, commit, { timeout }) =>
        exchange<Told>(timeout, { kind: "unreached" }, (participant) => participant.decide(id, commit)),
    };
  }
}
