/** A node as the world sees it: disks and a clock that outlive its process, which runs, stands still, or is down. */
import { FOUNDERS_DISK } from "../../consensus-nodes/raft/membership.ts";
import type { Message, NodeId } from "../../consensus-nodes/raft/message.ts";
import type { Random } from "../consensus/raft/harness/random.ts";
import { LogDisk } from "./log-disk.ts";
import { NodeLife } from "./node-life.ts";
import { CLOCK_RATE } from "./settings.ts";
import type { Server } from "./stream-link.ts";
import type { World } from "./world.ts";

/** Milliseconds since the epoch when a run begins. */
const EPOCH = 1_700_000_000_000;
/** Milliseconds until somebody restarts what ended by itself. */
const RESTART = 150;

export class SimulatedNode implements Server {
  readonly id: NodeId;
  readonly random: Random;
  /** What a paused process has not come to. */
  backlog: (() => void)[] = [];
  /** Milliseconds by which the wall clock is off. */
  skew = 0;
  /** How long a tick takes, of what it should. */
  drift = 1;
  readonly #world: World;
  readonly #rate: number;
  readonly #disks = new Map<string, LogDisk>();
  /** It was there when the groups were founded, and has its disk since. */
  founder: boolean;
  readonly wasFounder: boolean;
  /** It was started once. */
  awaited = false;
  #slowness = 1;
  #lost = false;
  #pauses = 0;
  /** Faults that keep the process down. */
  #outages = 0;
  #lives = 0;
  #wipes = 0;
  #life: NodeLife | undefined;

  constructor(id: NodeId, world: World, random: Random) {
    this.id = id;
    this.#world = world;
    this.founder = id < world.settings.nodes;
    this.wasFounder = this.founder;
    this.#rate = 1 + (random.split("clock").next() * 2 - 1) * CLOCK_RATE;
    this.random = random;
  }

  /** As in raft/membership.ts: another one after each loss. */
  get diskName(): string {
    return this.founder ? FOUNDERS_DISK : `${this.#wipes}`;
  }

  get door(): NodeLife | undefined {
    return this.#life;
  }

  get life(): NodeLife | undefined {
    return this.#life;
  }

  get up(): boolean {
    return this.#life !== undefined;
  }

  get paused(): boolean {
    return this.#pauses > 0;
  }

  /** Milliseconds, by a clock that is never set, but runs a little fast or slow. */
  get monotonic(): number {
    return this.#world.schedule.now * this.#rate;
  }

  /** Milliseconds since the epoch, as this node has it. */
  get clock(): number {
    return Math.floor(EPOCH + this.#world.schedule.now + this.skew);
  }

  disk(log: string): LogDisk {
    const known = this.#disks.get(log);
    if (known !== undefined) return known;
    const disk = new LogDisk(this.#world.schedule, this.random.split(log));
    disk.slowness = this.#slowness;
    this.#disks.set(log, disk);
    return disk;
  }

  set slowness(times: number) {
    this.#slowness = times;
    for (const disk of this.#disks.values()) disk.slowness = times;
  }

  start(): void {
    this.awaited = true;
    if (this.#life !== undefined || this.#outages > 0 || this.#lost) return;
    this.#lives += 1;
    this.#world.trace.add("starts", this.id);
    this.#life = new NodeLife(this.#world, this, this.#lives);
  }

  /** Ends the process, and keeps it down until what is returned is called. */
  crash(): () => void {
    this.#end();
    this.#outages += 1;
    let down = true;
    return () => {
      if (!down) return;
      down = false;
      this.#outages -= 1;
      this.start();
    };
  }

  /** Its folder is removed, and the process ends. It is not started before somebody notices. */
  wipe(): void {
    this.#end(true);
    this.founder = false;
    this.#wipes += 1;
    this.#lost = true;
    for (const disk of this.#disks.values()) disk.wipe();
  }

  /** Starts anew, with an empty disk. */
  startEmpty(): void {
    this.#lost = false;
    this.start();
  }

  /** The process could not make something durable: it ends, and is started again. */
  diskFailed(): void {
    this.#world.trace.add("ends, for its disk failed", this.id);
    const restart = this.crash();
    this.#world.schedule.after(RESTART, restart);
  }

  /** @returns what resumes it. */
  pause(): () => void {
    this.#pauses += 1;
    let paused = true;
    return () => {
      if (!paused) return;
      paused = false;
      this.#pauses -= 1;
      if (this.#pauses > 0) return;
      const backlog = this.backlog;
      this.backlog = [];
      for (const action of backlog) this.#world.schedule.after(0, action);
    };
  }

  leads(group: string): boolean {
    return this.#life?.replicas.get(group)?.status.role === "leader";
  }

  /** What is written next to one of its logs is not. */
  failDisk(): void {
    const disk = this.random.pick([...this.#disks.values()]);
    disk.failsNext = true;
  }

  deliver(group: string, message: Message): void {
    const life = this.#life;
    if (life === undefined) return;
    life.step(() => life.receive(group, message));
  }

  #end(lost = false): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#world.trace.add("ends", this.id);
    this.#life = undefined;
    this.backlog = [];
    life.end(lost);
    this.#world.ended(this.id);
  }
}
