/** One node as seen from outside: how far it has applied, and what it answers itself. */
import { bindCore, type QueryOptions } from "../../../consensus-nodes/client/core.ts";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { NodeControl } from "../../../local-stack/supervisor/node-control.ts";
import { until } from "../../stack/until.ts";
import { median } from "../median.ts";
import type { RunningStack } from "../targets/stack.ts";
import { FILLED } from "./fill.ts";

const GROUP = "queue";
const READ_WITHIN_MS = 500;
/** A node that joins is sent all that there is. */
const JOINS_WITHIN_MS = 300_000;

export class JoiningNode {
  readonly #control: NodeControl;
  /** Knows no other node: what it is answered, this node answers. */
  readonly #client: CoreClient;

  constructor(stack: RunningStack, id: number) {
    const address = stack.addressOf(id);
    this.#control = new NodeControl(address);
    this.#client = new CoreClient({ nodes: [{ id, address }] });
  }

  /** Index of the entry applied last; undefined when it does not answer, or takes no part. */
  async applied(): Promise<number | undefined> {
    const status = await this.#control.status();
    return status?.groups.find(({ name }) => name === GROUP)?.appliedIndex;
  }

  /** Resolves when it has, by performance.now(). */
  async hasApplied(index: number): Promise<number> {
    await until(`entry ${index} is applied`, JOINS_WITHIN_MS, async () => ((await this.applied()) ?? -1) >= index);
    return performance.now();
  }

  /** Resolves when it answers a read with what was put in, by performance.now(). */
  async answers(options: QueryOptions): Promise<number> {
    await until("the node answers a read", JOINS_WITHIN_MS, () => this.#read(options));
    return performance.now();
  }

  /** Linearizable reads, one after the other. @returns milliseconds that one takes, the median */
  async readFor(milliseconds: number): Promise<number> {
    const times: number[] = [];
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      const from = performance.now();
      if (!(await this.#read({}))) throw new Error("a node that had answered a read does not any more");
      times.push(performance.now() - from);
    }
    return median(times);
  }

  close(): void {
    this.#control.close();
    this.#client.close();
  }

  async #read(options: QueryOptions): Promise<boolean> {
    const core = bindCore(this.#client, { deadline: Date.now() + READ_WITHIN_MS });
    try {
      return (await core.queue.metadata(FILLED, options)) !== null;
    } catch {
      return false;
    }
  }
}
