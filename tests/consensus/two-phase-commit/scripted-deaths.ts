/**
 * Transactions over a group and nodes of a real cluster, some of which die at a step that is theirs. Every node is started with
 * all its deaths to come, by transaction: nothing but what died has to be started again.
 */
import { createHash } from "node:crypto";
import { expect } from "vitest";
import { bindCore, type Core, type TransactionOperation } from "../../../consensus-nodes/client/core.ts";
import { eventually, TestCluster } from "../cluster/test-cluster.ts";
import { promiseRecords } from "./promise-records.ts";

const NODES = 5;
/** What is left when the coordinator is another. */
export const COORDINATOR = 4;
export const PARTICIPANTS = [0, 1, 2, 3];
/** Milliseconds, from when a leader exists, or the node that was down runs again. */
const SOON = 2000;

export const COORDINATOR_STEPS = ["begun", "voted", "decided", "told-one", "told"] as const;
export const PARTICIPANT_STEPS = ["unprepared", "prepared", "carried-out", "outcome"] as const;
/** `TUTTI_ALL_DEATHS=1 npm test -- dying` tries all; `npm test` a selection that the files say, with every step in it. */
export const ALL_DEATHS = process.env.TUTTI_ALL_DEATHS === "1";
export type CoordinatorStep = (typeof COORDINATOR_STEPS)[number];
export type ParticipantStep = (typeof PARTICIPANT_STEPS)[number];

export interface Death {
  /** Also names the file that the transaction is about. */
  readonly id: string;
  /** Where the coordinator dies. */
  readonly coordinator?: CoordinatorStep;
  /** "leader" is the node that leads the group; it is then the only node that takes part, beside the group. */
  readonly participant?: { readonly node: number | "leader"; readonly step: ParticipantStep };
  /** What the outcome must be; "either" where it depends on who is faster. */
  readonly outcome: "committed" | "aborted" | "either";
}

interface Fate {
  readonly coordinator: number;
  readonly participants: readonly number[];
  readonly victim: number | undefined;
}

export class ScriptedDeaths {
  readonly cluster: TestCluster;
  readonly #deaths: readonly Death[];
  readonly #core: Core;
  readonly #over = new Set<Death>();

  private constructor(cluster: TestCluster, deaths: readonly Death[]) {
    this.cluster = cluster;
    this.#deaths = deaths;
    this.#core = bindCore(cluster.client(), {});
  }

  static async start(deaths: readonly Death[]): Promise<ScriptedDeaths> {
    const cluster = await TestCluster.start(NODES, (id) => ({ environment: environmentOf(id, deaths) }));
    return new ScriptedDeaths(cluster, deaths);
  }

  /** Carries one out. @throws when those that survive, or that run again, differ, or take too long. */
  async happens(death: Death): Promise<void> {
    const { cluster } = this;
    const fate = await this.#fateOf(death);
    const { coordinator, participants, victim } = fate;
    const asked = this.#transact(death, fate, coordinator);
    if (death.coordinator !== undefined) await cluster.dies(coordinator, 3000);
    // Of a transaction that was only begun no participant knows: somebody asks for it again, of another node.
    const answer =
      death.coordinator === "begun" && victim !== undefined
        ? this.#transact(death, fate, participants.find((node) => node !== victim) ?? coordinator)
        : asked;
    if (victim !== undefined) await cluster.dies(victim, 5000);
    if (death.coordinator === undefined) expect(await answer).toBe(death.outcome);

    await Promise.all(["transactions", "pictures"].map((group) => cluster.leader(group)));
    const started = performance.now();
    const outcome = await this.#decision(death.id);
    if (death.outcome !== "either") expect(outcome).toBe(death.outcome);
    const survivors = participants.filter((node) => node !== victim);
    await this.#settles(death.id, outcome, survivors, SOON);
    // The group's lock is gone, and its change is there, or is not.
    const liked = await this.#core.pictures.like({ filename: `${death.id}.jpg` });
    expect(liked).toMatchObject({ outcome: outcome === "committed" ? "liked" : "absent" });
    expect(performance.now() - started).toBeLessThan(SOON);

    this.#over.add(death);
    for (const [id, { process }] of cluster.nodes.entries()) {
      if (process !== undefined) continue;
      const coming = this.#deaths.filter((other) => !this.#over.has(other));
      cluster.spawn(id, { environment: environmentOf(id, coming) });
    }
    await cluster.ready();
    if (victim !== undefined) await this.#settles(death.id, outcome, [victim], SOON);
    // Asked again under its id, it is what it was.
    expect(await this.#transact(death, fate, coordinator)).toBe(outcome);
    await answer;
  }

  async #fateOf({ participant, coordinator }: Death): Promise<Fate> {
    if (participant?.node !== "leader") {
      return { coordinator: COORDINATOR, participants: PARTICIPANTS, victim: participant?.node };
    }
    expect(coordinator).toBeUndefined();
    const leader = await this.cluster.leader("pictures");
    return { coordinator: (leader + 1) % NODES, participants: [leader], victim: leader };
  }

  /** How it ended, as its coordinator says; "lost" when that one died. */
  async #transact({ id }: Death, { participants }: Fate, coordinator: number): Promise<string> {
    const client = this.cluster.client(coordinator);
    try {
      const core = bindCore(client, {});
      await eventually("the coordinator is reached", 5000, async () => core.outcome(id).then(() => true));
      const sha256 = createHash("sha256").update(id).digest("hex");
      const operations: TransactionOperation[] = [
        {
          group: "pictures",
          command: "put",
          // No node that is there has it: nobody will look for its bytes.
          input: { filename: `${id}.jpg`, type: "image/jpeg", size: 1, sha256, nodes: [NODES] },
        },
        ...participants.map((node) => ({ node, operation: id })),
      ];
      return await core.transact(operations, id).then(
        ({ kind }) => kind,
        () => "lost",
      );
    } finally {
      client.close();
    }
  }

  async #decision(id: string): Promise<"committed" | "aborted"> {
    return eventually(`a decision on ${id}`, SOON, async () => {
      const { kind } = await this.#core.outcome(id);
      return kind === "committed" || kind === "aborted" ? kind : undefined;
    });
  }

  /** Each node has that outcome on its disk; after an abort it may never have heard of it. */
  async #settles(id: string, outcome: string, nodes: readonly number[], within: number): Promise<void> {
    const end = performance.now() + within;
    for (const node of nodes) {
      await eventually(`node ${node} has the outcome of ${id}`, end - performance.now(), async () => {
        const known = (await promiseRecords(this.cluster.dataOf(node))).get(id);
        if (known !== undefined && known !== "prepared" && known !== outcome) {
          expect.fail(`node ${node} has the other outcome`);
        }
        return known === outcome || (outcome === "aborted" && known === undefined);
      });
    }
  }
}

function environmentOf(node: number, deaths: readonly Death[]): Record<string, string> {
  const points = deaths.flatMap(({ id, coordinator, participant }) => [
    ...(coordinator !== undefined && node === COORDINATOR ? [`coordinator:${coordinator}@${id}`] : []),
    ...(participant?.node === node || participant?.node === "leader" ? [`participant:${participant.step}@${id}`] : []),
  ]);
  return points.length === 0 ? {} : { TUTTI_FAULT_POINT: points.join() };
}
