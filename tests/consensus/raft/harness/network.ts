/** Links, each of one direction, that delay, lose, duplicate and reorder, and that can be cut. */
import type { Message, NodeId } from "../../../../consensus-nodes/raft/message.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

export interface Weather {
  /** Probabilities per message. */
  readonly loss: number;
  readonly duplication: number;
  /** Units of time, between which each message draws its own: the wider, the more they overtake each other. */
  readonly minDelay: number;
  readonly maxDelay: number;
}

export const FAIR: Weather = { loss: 0, duplication: 0, minDelay: 1, maxDelay: 1 };

export class Network {
  weather = FAIR;
  /** Decides, in a test that plays a story, which messages arrive at all. */
  admits: (message: Message) => boolean = () => true;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #deliver: (message: Message) => void;
  readonly #cuts = new Set<string>();

  constructor(schedule: Schedule, random: Random, deliver: (message: Message) => void) {
    this.#schedule = schedule;
    this.#random = random;
    this.#deliver = deliver;
  }

  send(message: Message): void {
    const { loss, duplication } = this.weather;
    if (this.isCut(message.from, message.to) || !this.admits(message)) return;
    if (this.#random.chance(loss)) return;
    this.#launch(message);
    if (this.#random.chance(duplication)) this.#launch(message);
  }

  /** From then on nothing is sent that way; what is under way arrives. */
  cutOneWay(from: NodeId, to: NodeId): void {
    this.#cuts.add(`${from}>${to}`);
  }

  cut(a: NodeId, b: NodeId): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  /** Cuts all links between members of different sides. */
  split(...sides: readonly (readonly NodeId[])[]): void {
    for (const side of sides) {
      for (const other of sides) {
        if (other === side) continue;
        for (const from of side) for (const to of other) this.cutOneWay(from, to);
      }
    }
  }

  heal(): void {
    this.#cuts.clear();
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  #launch(message: Message): void {
    const { minDelay, maxDelay } = this.weather;
    this.#schedule.after(this.#random.integer(minDelay, maxDelay), () => this.#deliver(message));
  }
}
