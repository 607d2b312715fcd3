/** When all is at rest: one checkpoint per group, and every node's hash of its state there. The witness compares them. */
import type { World } from "./world.ts";

/** At a node that is past the checkpoint; then there is another one. */
const MAX_LOOKS = 20;

export class FinalCheckpoints {
  readonly #world: World;
  /** By group, the index of the checkpoint. */
  readonly #indexes = new Map<string, number>();
  readonly #looks = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  get missing(): string | undefined {
    for (const { name } of this.#world.settings.machines) {
      const missing = this.#missing(name);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  /** A hash takes a while; none ever comes where a snapshot took the place of the checkpoint, as it may when a leader keeps no entries. */
  #waitFor(group: string): void {
    const looks = (this.#looks.get(group) ?? 0) + 1;
    this.#looks.set(group, looks % MAX_LOOKS);
    if (looks === MAX_LOOKS) this.#indexes.delete(group);
  }

  #missing(group: string): string | undefined {
    const { members } = this.#world.witness.group(group);
    const lives = this.#world.nodes.flatMap(({ life }) => (life !== undefined && members.has(life.id) ? life : []));
    const index = this.#indexes.get(group);
    if (index === undefined) {
      const leader = lives.find(({ id }) => this.#world.nodes[id]?.leads(group));
      leader?.step(() => {
        const outcome = leader.replicas.get(group)?.checkpoint();
        if (outcome?.ok) this.#indexes.set(group, outcome.index);
      });
      return `no checkpoint of ${group}`;
    }
    const behind = lives.find(({ replicas }) => replicas.get(group)?.stateHash(index) === undefined);
    if (behind === undefined) return undefined;
    if ((behind.replicas.get(group)?.status.applied ?? 0) >= index) this.#waitFor(group);
    return `node ${behind.id} has no hash of ${group} at ${index}`;
  }
}
