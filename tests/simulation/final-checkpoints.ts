/** When all is at rest: one checkpoint per group, and every node's hash of its state there. The witness compares them. */
import type { World } from "./world.ts";

export class FinalCheckpoints {
  readonly #world: World;
  /** By group, the index of the checkpoint. */
  readonly #indexes = new Map<string, number>();

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
    return behind === undefined ? undefined : `node ${behind.id} has no hash of ${group} at ${index}`;
  }
}
