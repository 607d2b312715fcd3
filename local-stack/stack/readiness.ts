/** What the gateway tells about the cluster: what the nodes say, and whether a request would be served now. */
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import type { GroupName } from "../../consensus-nodes/groups.ts";
import type { ClusterView } from "../gateway/cluster-view.ts";
import type { ClusterReport } from "../supervisor/cluster-report.ts";
import type { ClusterWatch } from "../supervisor/cluster-watch.ts";

/** However many ask, the core is tried so often. */
const FRESH_MS = 100;
/** A group that takes longer for the smallest query is not ready. */
const PATIENCE_MS = 500;

/** The smallest query of each group; linearizable, so it takes a leader that a majority follows. */
const probes: Readonly<Record<GroupName, { readonly name: string; readonly input: unknown }>> = {
  queue: { name: "nowPlaying", input: { room: "main" } },
  journal: { name: "read", input: { limit: 1 } },
};

export class Readiness implements ClusterView {
  readonly #watch: ClusterWatch;
  readonly #channel: CoreChannel;
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

  /** At most `fresh` milliseconds old. */
  ready(fresh: number = FRESH_MS): Promise<boolean> {
    const now = performance.now();
    if (this.#answer === undefined || now - this.#asked > fresh) {
      this.#asked = now;
      this.#answer = this.#try();
    }
    return this.#answer;
  }

  async #try(): Promise<boolean> {
    const replies = await Promise.all(
      Object.entries(probes).map(([group, probe]) => this.#channel.call({ group, ...probe, timeout: PATIENCE_MS })),
    );
    return replies.every(({ ok }) => ok);
  }
}
