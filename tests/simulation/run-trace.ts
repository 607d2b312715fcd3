/** All that happens in a run, in order, as a hash; and, when somebody wants to read it, as lines. */
import type { Message } from "../../consensus-nodes/raft/message.ts";
import type { Schedule } from "../consensus/raft/harness/schedule.ts";
import { Trace } from "../consensus/raft/harness/trace.ts";

/** Characters of a line. */
const MAX_LINE = 400;

export class RunTrace {
  readonly #schedule: Schedule;
  readonly #trace = new Trace();
  readonly #print: ((line: string) => void) | undefined;

  constructor(schedule: Schedule, print?: (line: string) => void) {
    this.#schedule = schedule;
    this.#print = print;
  }

  get hash(): number {
    return this.#trace.hash;
  }

  get steps(): number {
    return this.#trace.steps;
  }

  /** @param detail for the reader only. */
  add(what: string, node: number, detail?: () => string): void {
    this.#trace.add(Math.floor(this.#schedule.now * 1000), what, node);
    this.#line(node, what, detail);
  }

  message(verb: "sends" | "receives", group: string, message: Message): void {
    const { type, from, to, term } = message;
    this.#trace.add(Math.floor(this.#schedule.now * 1000), `${verb} ${group} ${type}`, from, to, term);
    const at = verb === "sends" ? from : to;
    this.#line(at, `${verb} ${group}`, () => JSON.stringify(message, readable));
  }

  #line(node: number, what: string, detail?: () => string): void {
    if (this.#print === undefined) return;
    const time = this.#schedule.now.toFixed(3).padStart(9);
    this.#print(`${time} ${String(node).padStart(3)} ${what} ${detail?.() ?? ""}`.slice(0, MAX_LINE));
  }
}

function readable(key: string, value: unknown): unknown {
  return key === "data" ? undefined : value;
}
