/** A core without nodes: each group's applied state, in this process. Same answers, no log. */
import type { CoreCall, CoreChannel, CoreReply } from "../../consensus-nodes/client/core-channel.ts";
import type { CoreFailure } from "../../consensus-nodes/client/core-failure.ts";
import { groups } from "../../consensus-nodes/groups.ts";
import type { Machine } from "../../consensus-nodes/machines/machine.ts";
import { AppliedState } from "../../consensus-nodes/replica/applied-state.ts";

export const LEADER = 3;
/** How long a query waits for its `after` when the call does not say; milliseconds. */
const PATIENCE = 5000;
/** How often it looks, in milliseconds. */
const LOOK_EVERY = 2;

export class InMemoryCore implements CoreChannel {
  readonly #groups = new Map<string, { state: AppliedState; machine: Machine }>();
  /** Every call, in order. */
  readonly calls: CoreCall[] = [];
  /** Answers instead of the groups while it is set. */
  failure: CoreFailure | undefined;
  /** Milliseconds that each call takes. */
  delay = 0;
  /** False spares the memory of a long run. */
  recording = true;

  constructor() {
    const machines: readonly Machine[] = Object.values(groups);
    for (const machine of machines) this.#groups.set(machine.name, { machine, state: new AppliedState(machine) });
  }

  async call(call: CoreCall): Promise<CoreReply> {
    if (this.recording) this.calls.push(call);
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (this.failure !== undefined) return { ok: false, failure: this.failure };
    const group = this.#groups.get(call.group);
    if (group === undefined) return refused(`no group ${call.group}`);
    fallDue(group.state);
    return Object.hasOwn(group.machine.commands, call.name) ? command(group.state, call) : query(group.state, call);
  }

  /** The value of a query, as a test looks at it. */
  async ask(group: string, name: string, input: unknown): Promise<unknown> {
    const state = this.#groups.get(group)?.state;
    const outcome = state?.answer(name, input);
    if (outcome?.ok !== true) throw new Error(`query ${group}.${name} failed`);
    return outcome.v;
  }
}

function command(state: AppliedState, call: CoreCall): CoreReply {
  const { name, input, idempotency } = call;
  const extra = idempotency && { key: idempotency.key, print: idempotency.fingerprint };
  const refusal = state.refuse([name, input]);
  if (refusal !== undefined) return refused(refusal);
  const batch = { n: 1, a: 1, c: [extra === undefined ? ([name, input] as const) : ([name, input, extra] as const)] };
  const [outcome] = state.applyBatch(batch, state.index + 1, Date.now());
  if (outcome === undefined) throw new Error("a batch of one has one outcome");
  if (!("e" in outcome)) return { ok: true, value: copy(outcome.v), leader: LEADER };
  if (outcome.e === "KeyReused" || outcome.e === "Defect") {
    return { ok: false, failure: { kind: outcome.e, message: outcome.m } };
  }
  return refused(outcome.m);
}

/** As the leader proposes it when the instant has come. */
function fallDue(state: AppliedState): void {
  const now = Date.now();
  if (state.deadline !== undefined && state.deadline <= now) state.applyDue(state.index + 1, now);
}

async function query(state: AppliedState, call: CoreCall): Promise<CoreReply> {
  const { name, input, after = 0, timeout = PATIENCE } = call;
  const end = Date.now() + timeout;
  while (state.index < after) {
    if (Date.now() >= end) return { ok: false, failure: { kind: "Timeout", message: `nothing after ${state.index}` } };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    fallDue(state);
  }
  const outcome = state.answer(name, input);
  return outcome.ok ? { ok: true, value: copy(outcome.v), leader: LEADER } : refused(outcome.m);
}

function refused(message: string): CoreReply {
  return { ok: false, failure: { kind: "Invalid", message } };
}

/** As it would come over the wire. */
function copy(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
