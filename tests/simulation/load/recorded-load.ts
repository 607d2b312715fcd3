/** Callers whose operations on keys are recorded, and must be linearizable. */
import type { CoreReply } from "../../../consensus-nodes/client/core-channel.ts";
import type { Random } from "../../consensus/raft/harness/random.ts";
import { checkLinearizability } from "../../linearizability/checker.ts";
import type { Operation } from "../../linearizability/history.ts";
import { HistoryRecorder, type Outcome } from "../../linearizability/history-recorder.ts";
import type { Model } from "../../linearizability/model.ts";
import type { SimulatedClient } from "../simulated-client.ts";
import { Violation, type World } from "../world.ts";
import type { Load } from "./load.ts";

export interface RecordedLoadOptions<State, Input, Output> {
  readonly world: World;
  readonly clients: readonly SimulatedClient[];
  readonly random: Random;
  readonly group: string;
  readonly model: Model<State, Input, Output>;
  readonly keys: readonly string[];
  /** @param unique like no other in this run. */
  readonly draw: (random: Random, unique: string) => Input;
  /** As a call of the core. */
  readonly request: (key: string, input: Input) => { readonly name: string; readonly input: unknown };
  readonly read: (key: string, input: Input, value: unknown) => Output;
  /** Leaves out what makes no difference: the search is exponential in operations without an answer. */
  readonly simplify?: (history: readonly Operation<Input, Output>[]) => readonly Operation<Input, Output>[];
}

/** Steps of the search per key. Honest histories of this length need a few thousand. */
const BUDGET = 300_000;

export class RecordedLoad<State, Input, Output> implements Load {
  readonly counts = { ok: 0, fail: 0, unknown: 0 };
  readonly #options: RecordedLoadOptions<State, Input, Output>;
  readonly #recorder: HistoryRecorder<Input, Output>;
  #stopped = false;
  #busy = 0;
  #unique = 0;

  constructor(options: RecordedLoadOptions<State, Input, Output>) {
    this.#options = options;
    const { model, world } = options;
    // Nanoseconds, so that events of one instant, which are told apart by one, stay in place.
    this.#recorder = new HistoryRecorder(model.readOnly, () => Math.floor(world.schedule.now * 1e6));
  }

  get idle(): boolean {
    return this.#busy === 0;
  }

  start(): void {
    const { clients, world } = this.#options;
    for (const client of clients) {
      for (let i = 0; i < world.settings.callers; i++) this.#call(client, this.#recorder.client());
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  check(): void {
    const { model, group, simplify } = this.#options;
    const history = this.#recorder.history();
    const verdict = checkLinearizability(simplify?.(history) ?? history, model, BUDGET);
    if (verdict.verdict === "bad") throw new Violation(`group ${group}: ${verdict.report}`);
    if (verdict.verdict === "unknown") throw new Violation(`group ${group}: no verdict on ${verdict.keys.join(", ")}`);
  }

  #call(client: SimulatedClient, recording: ReturnType<HistoryRecorder<Input, Output>["client"]>): void {
    const { world, random, group, keys, draw, request, read } = this.#options;
    const { think, patience } = world.settings;
    world.schedule.after(random.next() * 2 * think, () => {
      if (this.#stopped) return;
      const key = random.pick(keys);
      const input = draw(random, `${this.#unique++}`);
      this.#busy += 1;
      const running = recording.begin(key, input);
      const timeout = random.chance(0.1) ? patience / 10 : patience;
      client.run(() => {
        client
          .call({ group, timeout, ...request(key, input) })
          .then((reply) => {
            this.#busy -= 1;
            const outcome = outcomeOf(reply, (value) => read(key, input, value));
            this.counts[outcome.outcome] += 1;
            running.end(outcome);
            this.#call(client, recording);
          })
          .catch(world.fail);
      });
    });
  }
}

function outcomeOf<Output>(reply: CoreReply, read: (value: unknown) => Output): Outcome<Output> {
  if (reply.ok) return { outcome: "ok", output: read(reply.value) };
  const { kind, message } = reply.failure;
  switch (kind) {
    case "Unknown":
      return { outcome: "unknown" };
    case "NoLeader":
    case "Overloaded":
    case "Timeout":
    case "Conflict":
      return { outcome: "fail" };
    default:
      throw new Violation(`a well-formed call is refused: ${kind}, ${message}`);
  }
}
