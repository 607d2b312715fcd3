/** Carries out the faults of a run, and takes them back when it is over. */
import type { NodeId } from "../../consensus-nodes/raft/message.ts";
import type { Random } from "../consensus/raft/harness/random.ts";
import type { Fault, FaultKind } from "./faults.ts";
import type { Operator } from "./operator.ts";
import { SHORTEST_TICK } from "./settings.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/** Probability that a node notices at once that another one died. */
const NOTICED = 0.7;
/** Milliseconds, at most, from its election until a leader that is ambushed suffers, and for how long. */
const AMBUSH_DELAY = 15;
const AMBUSH_OUTAGE = 400;
/** Milliseconds. */
const STILL_DEAF = 100;
/** Milliseconds. */
const FALL_BEHIND = 150;
/** Milliseconds that a node without its disk runs before an operator sees to it. */
const REPLACED_AFTER = 400;

export class FaultDriver {
  readonly counts = new Map<FaultKind, number>();
  readonly #world: World;
  readonly #clients: readonly number[];
  readonly #operator: Operator;
  readonly #undo = new Set<() => void>();
  /** By node, how long it is to stay down when it reaches the next step of a transaction. */
  readonly #ambushes = new Map<NodeId, number>();
  /** Probabilities of those that are on. */
  readonly #leaderAmbushes = new Set<number>();
  readonly #random: Random;
  #over = false;

  constructor(world: World, clients: readonly number[], random: Random, operator: Operator) {
    this.#operator = operator;
    this.#world = world;
    this.#random = random;
    this.#clients = clients;
  }

  start(faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (!("at" in fault)) this.#carryOut(fault);
      else {
        this.#world.schedule.after(fault.at, () => {
          if (!this.#over) this.#carryOut(fault);
        });
      }
    }
  }

  /** Takes back all that lasts. */
  end(): void {
    this.#over = true;
    this.#ambushes.clear();
    for (const undo of [...this.#undo]) undo();
    this.#world.network.heal();
    for (const node of this.#world.nodes) {
      node.slowness = 1;
      node.drift = 1;
    }
  }

  reached(node: SimulatedNode): void {
    const lasts = this.#ambushes.get(node.id);
    if (lasts === undefined) return;
    this.#ambushes.delete(node.id);
    this.#count("crash in a transaction");
    if (this.#random.chance(0.5)) return this.#last(lasts, node.crash());
    // What it has told is on its way by then.
    this.#world.schedule.after(this.#random.next() * AMBUSH_DELAY, () => {
      if (!this.#over) this.#last(lasts, node.crash());
    });
  }

  becameLeader(id: NodeId): void {
    const node = this.#world.nodes[id];
    if (node === undefined) return;
    for (const probability of this.#leaderAmbushes) {
      if (!this.#random.chance(probability)) continue;
      const crash = this.#random.chance(0.5);
      const lasts = this.#random.integer(20, AMBUSH_OUTAGE);
      this.#world.schedule.after(this.#random.next() * this.#random.pick([1, AMBUSH_DELAY]), () => {
        if (this.#over) return;
        this.#world.trace.add(crash ? "is ambushed and crashes" : "is ambushed and cut off", id);
        if (crash) this.#last(lasts, node.crash());
        else this.#isolate(node, lasts);
        this.#count("ambush");
      });
    }
  }

  /** Others see the connection break. */
  ended(id: NodeId): void {
    const { nodes, schedule, network } = this.#world;
    for (const node of nodes) {
      if (node.id === id || network.isCut(id, node.id)) continue;
      if (!node.random.chance(NOTICED)) continue;
      const life = node.life;
      schedule.after(network.delay(), () => life?.run(() => life.disconnected(id)));
    }
  }

  #carryOut(fault: Fault): void {
    const { network, nodes, settings, trace } = this.#world;
    trace.add(fault.kind, "node" in fault ? fault.node : -1, () => JSON.stringify(fault));
    if (!("node" in fault)) {
      network.weather[fault.kind] = Math.max(network.weather[fault.kind], fault.probability);
      return this.#count(fault.kind);
    }
    const node = this.#target(fault);
    if (node === undefined) return;
    const others = nodes.filter((other) => other !== node).map(({ id }) => id);
    switch (fault.kind) {
      case "slow disk":
        node.slowness = fault.times;
        break;
      case "skewed clock":
      case "clock jump":
        node.skew += fault.milliseconds;
        break;
      case "drifting ticks":
        node.drift = settings.leases ? Math.max(fault.times, SHORTEST_TICK) : fault.times;
        break;
      case "crash":
        if (!node.up) return;
        this.#last(fault.lasts, node.crash());
        break;
      case "power cut":
        for (const each of nodes) this.#last(fault.lasts + each.id, each.crash());
        break;
      case "pause":
        if (!node.up) return;
        this.#last(fault.lasts, node.pause());
        break;
      case "deaf pause":
        if (!node.up) return;
        this.#last(fault.lasts, node.pause());
        this.#cut(
          fault.lasts + STILL_DEAF,
          others.map((other) => [other, node.id]),
        );
        break;
      case "isolation":
        this.#isolate(node, fault.lasts);
        break;
      case "deaf":
        this.#cut(
          fault.lasts,
          others.map((other) => [other, node.id]),
        );
        break;
      case "mute":
        this.#cut(
          fault.lasts,
          others.map((other) => [node.id, other]),
        );
        break;
      case "cut link":
        if (fault.other === node.id) return;
        this.#cut(fault.lasts, [[node.id, fault.other], ...(fault.oneWay ? [] : [[fault.other, node.id]])]);
        break;
      case "split": {
        const side = (id: NodeId) => (fault.side >> id) & 1;
        const ids = nodes.map(({ id }) => id);
        this.#cut(
          fault.lasts,
          ids.flatMap((from) => ids.filter((to) => side(from) !== side(to)).map((to) => [from, to])),
        );
        break;
      }
      case "client cut": {
        const client = this.#clients[fault.lasts % this.#clients.length] ?? 0;
        this.#cut(fault.lasts, [
          [node.id, client],
          [client, node.id],
        ]);
        break;
      }
      case "disk error":
        if (!node.up) return;
        node.failDisk();
        break;
      case "transfer":
        this.#operator.transfer(this.#world.settings.machines[fault.group]?.name ?? "", node.id);
        break;
      case "join":
        node.start();
        this.#operator.join(node.id);
        break;
      case "leave":
        this.#operator.leave(node.id);
        break;
      case "lost disk":
        this.#loseDisk(node, fault.lasts, fault.story);
        break;
      case "ambush":
        this.#leaderAmbushes.add(fault.probability);
        this.#last(fault.lasts, () => this.#leaderAmbushes.delete(fault.probability));
        // Counted when it happens.
        return;
      case "crash in a transaction":
        // Counted when it happens.
        this.#ambushes.set(node.id, fault.lasts);
        return;
    }
    this.#count(fault.kind);
  }

  /**
   * What row 17 of the reliability list is about: entries that a majority had, and that of those who are up only the node without
   * its disk ever acknowledged.
   *
   *     behind   |---- cut off ----|
   *     node     writes    | wiped | starts empty ........ is replaced
   *     others   writes            | crashed ....... |
   */
  #loseDisk(node: SimulatedNode, lasts: number, story: boolean): void {
    const { schedule, nodes, founders } = this.#world;
    const others = nodes.filter(({ id }) => id !== node.id && founders.includes(id));
    const [behind, ahead] = [others.slice(0, others.length / 2), others.slice(others.length / 2)];
    this.#operator.expected += 1;
    if (story) for (const each of behind) this.#isolate(each, FALL_BEHIND + lasts);
    schedule.after(story ? FALL_BEHIND : 0, () => node.wipe());
    // Also when all is mended: nothing else brings it back.
    schedule.after(FALL_BEHIND + lasts, () => {
      node.startEmpty();
      if (story && !this.#over) for (const each of ahead) this.#last(REPLACED_AFTER, each.crash());
      schedule.after(2 * REPLACED_AFTER, () => {
        this.#operator.expected -= 1;
        this.#operator.replace(node.id);
      });
    });
  }

  #isolate(node: SimulatedNode, lasts: number): void {
    const others = this.#world.nodes.filter((other) => other !== node);
    this.#cut(
      lasts,
      others.flatMap(({ id }) => [
        [node.id, id],
        [id, node.id],
      ]),
    );
  }

  #target(fault: { readonly node: number; readonly leader?: number }): SimulatedNode | undefined {
    const { nodes, settings } = this.#world;
    const group = fault.leader !== undefined ? settings.machines[fault.leader] : undefined;
    const leaders = group === undefined ? [] : nodes.filter((node) => node.leads(group.name));
    return leaders[0] ?? nodes[fault.node];
  }

  #cut(lasts: number, links: readonly (readonly number[])[]): void {
    const mend = links.map(([from = 0, to = 0]) => this.#world.network.cut(from, to));
    this.#last(lasts, () => {
      for (const each of mend) each();
    });
  }

  #last(milliseconds: number, undo: () => void): void {
    const end = () => {
      if (this.#undo.delete(end)) undo();
    };
    this.#undo.add(end);
    this.#world.schedule.after(milliseconds, end);
  }

  #count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
