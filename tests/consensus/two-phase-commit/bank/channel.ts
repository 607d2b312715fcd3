/** One life of a node's client of the groups: numbered commands, sent again until they are answered or late. */
import type { CoreCall, CoreChannel, CoreReply } from "../../../../consensus-nodes/client/core-channel.ts";
import type { Batch, CommandOutcome } from "../../../../consensus-nodes/wire/batch.ts";
import type { Schedule } from "../../raft/harness/schedule.ts";
import type { Group } from "./group.ts";
import type { Network } from "./network.ts";

const DEFAULT_TIMEOUT_MS = 3000;
const SEND_AGAIN_MS = 40;

export interface ChannelOptions {
  readonly schedule: Schedule;
  readonly network: Network;
  readonly groups: ReadonlyMap<string, Group>;
  /** The clock of a node; undefined while it is down. */
  readonly clockOf: (node: number) => number | undefined;
  /** Whether this life of the node still lasts. */
  readonly alive: () => boolean;
  readonly session: string;
  /** Answers at once, without the group: a planted defect. */
  readonly shortcut?: (call: CoreCall) => CoreReply | undefined;
  /** Answers for the group that did not in time: a planted defect. */
  readonly late?: (call: CoreCall) => CoreReply | undefined;
}

export class Channel implements CoreChannel {
  readonly #options: ChannelOptions;
  readonly #sessions = new Map<string, { opened: boolean; next: number; readonly open: Set<number> }>();

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** Never resolves once the node has died. */
  call(call: CoreCall): Promise<CoreReply> {
    const { groups, shortcut, late, schedule, alive } = this.#options;
    const early = shortcut?.(call);
    const group = groups.get(call.group);
    if (group === undefined) throw new Error(`there is no group ${call.group}`);
    return new Promise((resolve) => {
      if (early !== undefined && alive()) return resolve(early);
      let settled = false;
      const settle = (reply: CoreReply) => {
        if (settled || !alive()) return;
        settled = true;
        resolve(reply);
      };
      const unknown: CoreReply = {
        ok: false,
        failure: { kind: "Unknown", led: false, message: "not answered in time" },
      };
      schedule.after(call.timeout ?? DEFAULT_TIMEOUT_MS, () => settle(late?.(call) ?? unknown));
      if (call.name === "untold") this.#ask(group, call, () => settled, settle);
      else this.#command(group, call, () => settled, settle);
    });
  }

  #ask(group: Group, call: CoreCall, settled: () => boolean, settle: (reply: CoreReply) => void): void {
    this.#exchange(
      group,
      settled,
      () => group.query(call.name, call.input),
      (value) => settle({ ok: true, value, leader: null }),
    );
  }

  #command(group: Group, call: CoreCall, settled: () => boolean, settle: (reply: CoreReply) => void): void {
    const session = this.#sessions.get(group.name) ?? { opened: false, next: 1, open: new Set() };
    this.#sessions.set(group.name, session);
    const number = session.next++;
    session.open.add(number);
    const s = `${this.#options.session} ${group.name}`;
    this.#exchange(
      group,
      () => {
        // Given up: the group is told so, and will never do it.
        if (settled()) session.open.delete(number);
        return settled();
      },
      (clock) => {
        if (!session.opened) group.submit({ s, n: 1, a: 1, c: [], open: true }, clock);
        session.opened = true;
        const [outcome] = group.submit(batch, clock);
        return outcome;
      },
      (outcome) => {
        session.open.delete(number);
        settle(toReply(outcome));
      },
    );
    const batch: Batch = { s, n: number, a: Math.min(...session.open), c: [[call.name, call.input]] };
  }

  /** Request and reply, over and over, until the reply comes. */
  #exchange<T>(group: Group, settled: () => boolean, serve: (clock: number) => T, answered: (reply: T) => void): void {
    const { network, schedule, alive, clockOf } = this.#options;
    const attempt = () => {
      if (settled() || !alive()) return;
      network.send(() => {
        const leader = group.leader;
        const clock = leader === undefined ? undefined : clockOf(leader);
        if (clock === undefined) return;
        const reply = serve(clock);
        network.send(() => {
          if (alive() && !settled()) answered(reply);
        });
      });
      schedule.after(SEND_AGAIN_MS, attempt);
    };
    attempt();
  }
}

function toReply(outcome: CommandOutcome | undefined): CoreReply {
  if (outcome === undefined) throw new Error("a batch of one has one outcome");
  if (!("e" in outcome)) return { ok: true, value: JSON.parse(JSON.stringify(outcome.v)), leader: null };
  if (outcome.e === "Conflict") return { ok: false, failure: { kind: "Conflict", message: outcome.m } };
  return { ok: false, failure: { kind: "Unknown", led: true, message: outcome.m } };
}
