/** What the gateway tells about the cluster: what the nodes say, and whether a request would be served now. */
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import type { ClusterView } from "../gateway/cluster-view.ts";
import type { ClusterReport } from "../supervisor/cluster-report.ts";
import type { ClusterWatch } from "../supervisor/cluster-watch.ts";

/** However many ask, the core is tried so often. */
const FRESH_MS = 100;
/** A group that takes longer for the smallest query is not ready. */
const PATIENCE_MS = 500;

/** A small query to each group that has one; linearizable, so it takes a leader that a majority follows. */
const probes = [
  { group: "queue", name: "nowPlaying", input: { room: "main" } },
  { group: "journal", name: "read", input: { limit: 1 } },
  { group: "library", name: "limits", input: {} },
];

export class Readiness implements ClusterView {
  readonly #watch: ClusterWatch;
  readonly #channel: CoreChannel;
  #prepared = false;
  #answer: Promise<boolean> | undefined;
  /** When #answer was begun, on the clock of performance.now(). */
  #asked = 0;

  constructor(watch: ClusterWatch, channel: CoreChannel) {
    this.#watch = watch;
    this.#channel = channel;
  }

  status(): Promise<ClusterReport> {
    return this.#watch.report();
  }

  /** What a start has to bring about stands. */
  prepared(): void {
    this.#prepared = true;
  }

  async ready(): Promise<boolean> {
    return this.#prepared && (await this.led());
  }

  /** Every group has a leader, and answers. At most `fresh` milliseconds old. */
  led(fresh: number = FRESH_MS): Promise<boolean> {
    const now = performance.now();
    if (this.#answer === undefined || now - this.#asked > fresh) {
      this.#asked = now;
      this.#answer = this.#try(fresh);
    }
    return this.#answer;
  }

  async #try(fresh: number): Promise<boolean> {
    const [{ groups }, ...replies] = await Promise.all([
      this.#watch.report(fresh),
      ...probes.map((probe) => this.#channel.call({ ...probe, timeout: PATIENCE_MS })),
    ]);
    return groups.length > 0 && groups.every(({ leader }) => leader !== null) && replies.every(({ ok }) => ok);
  }
}
