/** Where the leader of one group is, as far as the client has been told, and whom to ask when it is not known. */
import type { Link } from "./node-link.ts";

/**
 * Between two questions to nodes that know no leader: an election is over in tens of milliseconds, and a lead that is handed
 * over in a few. So the first wait is short, and every one doubles the next.
 */
export const ASK_AGAIN_FIRST_MS = 5;
export const ASK_AGAIN_MS = 20;
/** A node that has not answered for so long may be paused or cut off: others are asked. */
export const SUSPECT_AFTER_MS = 600;

export class LeaderFinder {
  readonly #links: readonly Link[];
  #leader: Link | undefined;
  #next = 0;

  constructor(links: readonly Link[]) {
    this.#links = links;
  }

  /** The leader, when it is known and reached. */
  get leader(): Link | undefined {
    return this.#leader?.up ? this.#leader : undefined;
  }

  /** Some node that is up; another at each call. */
  get anyone(): Link | undefined {
    for (let tried = 0; tried < this.#links.length; tried++) {
      const link = this.#links[this.#next++ % this.#links.length];
      if (link?.up) return link;
    }
    return undefined;
  }

  learn(node: number | null): void {
    this.#leader = node === null ? undefined : this.#links.find((link) => link.id === node);
  }

  /** `node` turned out not to lead. A hint to itself would be a loop. */
  refusedBy(node: number, hint: number | null): void {
    this.learn(hint === node ? null : hint);
  }
}
