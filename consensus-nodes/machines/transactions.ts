/**
 * The coordinators' log, replicated: which transactions were begun, and how each was decided. The first decision written for an
 * id is the decision; everything that asks for one goes through here, so there is never a second.
 */
import * as z from "zod";
import { type ApplyContext, command, defineMachine, query } from "./machine.ts";

/** Transactions remembered after their end; the oldest go first. Only ended ones go: who might still ask finds the answer. */
export const MAX_ENDED = 100_000;
/** Transactions that are not ended, at most. */
export const MAX_OPEN = 50_000;
/** Participants of one transaction. */
export const MAX_PARTICIPANTS = 64;

/** As long as wire/transaction-call.ts allows. */
const Id = z.string().min(1).max(300);
const Participant = z.string().min(1).max(128);
const Votes = z.record(Participant, z.enum(["yes", "no", "none"]));

const Beginning = z.object({
  participants: z.array(Participant).min(1).max(MAX_PARTICIPANTS),
  /** Of the operations: the same id with others is another transaction, and refused. */
  fingerprint: z.string().max(128),
  coordinator: z.string().max(128),
});
/**
 * What is begun only after votes were asked for may have been aborted meanwhile, and that be forgotten. `after` had ended before
 * the first vote was asked for: as long as it is remembered, so is all that ended later.
 */
const Begin = Beginning.extend({
  id: Id,
  /** Milliseconds from now; undecided by then means aborted. */
  timeout: z.int().min(1).max(3_600_000),
  after: Id.optional(),
});
const Decide = z.object({
  id: Id,
  commit: z.boolean(),
  votes: Votes,
  reason: z.string().max(2000),
  /** Of one that was not begun: it is begun and decided at once. */
  beginning: Beginning.extend({ after: Id }).optional(),
});
/** Of one question. */
export const MAX_LOST = 16;
const Show = z.object({ id: Id });
const Inquire = Show.extend({
  /** Coordinators whose connection to the participant broke: none of them will decide. One that lives after all finds it decided. */
  lost: z.array(z.string().max(128)).max(MAX_LOST).optional(),
});
const Acknowledge = z.object({ id: Id, participants: z.array(Participant).max(MAX_PARTICIPANTS) });

/**
 * Times in milliseconds since the epoch, by the log's clock. Fields in the order in which a record gets them: a restored one is
 * captured again to the same text.
 */
const TransactionRecord = z.object({
  id: Id,
  participants: z.array(Participant),
  fingerprint: z.string(),
  coordinator: z.string(),
  begun: z.int(),
  deadline: z.int(),
  votes: Votes,
  /** Who has not acknowledged the decision. */
  untold: z.array(Participant),
  /** Absent while it is open. */
  decision: z.object({ commit: z.boolean(), at: z.int(), reason: z.string() }).optional(),
});
/** Never changed, only replaced. */
export type TransactionRecord = Readonly<z.infer<typeof TransactionRecord>>;

const Captured = z.tuple([z.enum(["open", "ended"]), TransactionRecord]);

interface TransactionsState {
  /** Undecided, or committed and not acknowledged by all; in the order of their beginning. size <= MAX_OPEN */
  readonly open: Map<string, TransactionRecord>;
  /**
   * In the order of their end. size <= MAX_ENDED. An abort ends at once, whoever has not heard of it: he will ask, and "nothing
   * known" is told as an abort too. So a participant that is gone for good leaves nothing open.
   */
  readonly ended: Map<string, TransactionRecord>;
}

const TOO_LATE = "begun so late that it may have been aborted before, and forgotten";

const find = (state: TransactionsState, id: string) => state.open.get(id) ?? state.ended.get(id);

function store(state: TransactionsState, record: TransactionRecord): void {
  const { decision, untold } = record;
  if (decision === undefined || (decision.commit && untold.length > 0)) {
    state.open.set(record.id, record);
    return;
  }
  state.open.delete(record.id);
  state.ended.set(record.id, record);
  if (state.ended.size <= MAX_ENDED) return;
  const [oldest] = state.ended.keys();
  if (oldest !== undefined) state.ended.delete(oldest);
}

/** Anew, and not in the state yet. */
function begun(id: string, beginning: z.infer<typeof Beginning>, now: number, deadline: number): TransactionRecord {
  const { participants, fingerprint, coordinator } = beginning;
  const votes = Object.fromEntries(participants.map((participant) => [participant, "none" as const]));
  return { id, participants, fingerprint, coordinator, begun: now, deadline, votes, untold: participants };
}

/** Whether all is remembered that ended after `id` did. They are forgotten in the order of their end. */
const remembersSince = (state: TransactionsState, id: string) => state.ended.has(id);

/**
 * Writes the decision, unless there is one; returns the one that holds. Of an id that is not known, never begun or forgotten
 * since, only an abort can be written: a coordinator that slept through its transaction's end must not decide it anew.
 */
function decide(
  state: TransactionsState,
  id: string,
  wanted: boolean,
  { now }: ApplyContext,
  told: { readonly votes: TransactionRecord["votes"]; readonly reason: string },
  beginning?: TransactionRecord,
): boolean {
  const known = find(state, id) ?? beginning;
  if (known?.decision !== undefined) return known.decision.commit;
  const commit = wanted && known !== undefined;
  const record = known ?? {
    id,
    participants: [],
    fingerprint: "",
    coordinator: "",
    begun: now,
    deadline: now,
    votes: {},
    untold: [],
  };
  store(state, { ...record, decision: { commit, at: now, reason: told.reason }, votes: told.votes });
  return commit;
}

export const transactions = defineMachine({
  name: "transactions",
  initial: (): TransactionsState => ({ open: new Map(), ended: new Map() }),
  snapshots: {
    capture: ({ open, ended }) => {
      const captured: z.infer<typeof Captured>[] = [];
      for (const record of open.values()) captured.push(["open", record]);
      for (const record of ended.values()) captured.push(["ended", record]);
      return captured;
    },
    restore: (values) => {
      const state: TransactionsState = { open: new Map(), ended: new Map() };
      for (const value of values) {
        const [where, record] = Captured.parse(value);
        state[where].set(record.id, record);
      }
      return state;
    },
  },
  commands: {
    /** `known` when it was begun before, with the decision if there is one; a decision that came first holds. */
    begin: command(Begin, (state: TransactionsState, begin, context) => {
      const { now } = context;
      const { id, fingerprint, timeout, after } = begin;
      const known = find(state, id);
      if (known !== undefined) {
        // Aborted before it was begun: somebody asked for it. It stays aborted, whatever its operations.
        const same = known.fingerprint === fingerprint || known.participants.length === 0;
        const decision = known.decision?.commit ?? null;
        return same ? ({ outcome: "known", decision } as const) : ({ outcome: "conflict", decision } as const);
      }
      if (state.open.size >= MAX_OPEN) return { outcome: "full", decision: null } as const;
      if (after !== undefined && !remembersSince(state, after)) {
        return {
          outcome: "known",
          decision: decide(state, id, false, context, { votes: {}, reason: TOO_LATE }),
        } as const;
      }
      store(state, begun(id, begin, now, now + timeout));
      return { outcome: "begun", decision: null } as const;
    }),
    decide: command(Decide, (state: TransactionsState, { id, commit, votes, reason, beginning }, context) => {
      const { now } = context;
      const told = { votes, reason };
      if (beginning === undefined) return { commit: decide(state, id, commit, context, told) };
      const sure = remembersSince(state, beginning.after) && state.open.size < MAX_OPEN;
      return { commit: decide(state, id, commit, context, told, sure ? begun(id, beginning, now, now) : undefined) };
    }),
    /**
     * A participant asks. "Nothing known" becomes an abort by being written here, and only then is told; a transaction that is
     * still within its time, and whose coordinator is not lost, has no decision yet: null.
     */
    inquire: command(Inquire, (state: TransactionsState, { id, lost = [] }, context) => {
      const known = find(state, id);
      if (known?.decision !== undefined) return { commit: known.decision.commit };
      const hopeful = known !== undefined && context.now < known.deadline && !lost.includes(known.coordinator);
      if (hopeful) return { commit: null };
      const told = { votes: known?.votes ?? {}, reason: "not decided when a participant asked" };
      return { commit: decide(state, id, false, context, told) };
    }),
    acknowledge: command(Acknowledge, (state: TransactionsState, { id, participants }) => {
      const known = find(state, id);
      if (known === undefined) return { ended: true };
      const told = new Set(participants);
      const untold = known.untold.filter((participant) => !told.has(participant));
      if (state.ended.has(id)) state.ended.set(id, { ...known, untold });
      else store(state, { ...known, untold });
      return { ended: known.decision !== undefined && untold.length === 0 };
    }),
  },
  queries: {
    show: query(Show, (state: TransactionsState, { id }) => find(state, id) ?? null),
    /** Newest first, the open ones before the ended. */
    list: query(z.object({ limit: z.int().min(1).max(10_000) }), (state: TransactionsState, { limit }) =>
      [...[...state.open.values()].reverse(), ...[...state.ended.values()].reverse()].slice(0, limit),
    ),
    /** Committed, and not everybody has acknowledged: those begun after the transaction `after`, or from the first on. */
    untold: query(
      z.object({ limit: z.int().min(1).max(10_000), after: Id.optional() }),
      (state: TransactionsState, { limit, after }) => {
        const untold: TransactionRecord[] = [];
        let skip = after !== undefined && state.open.has(after);
        for (const record of state.open.values()) {
          if (!skip && record.decision !== undefined && untold.push(record) >= limit) break;
          if (record.id === after) skip = false;
        }
        return untold;
      },
    ),
  },
  deadline: (state) => {
    let earliest: number | undefined;
    for (const { decision, deadline } of state.open.values()) {
      if (decision === undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    }
    return earliest;
  },
  due: (state, context) => {
    for (const record of [...state.open.values()]) {
      if (record.decision !== undefined || record.deadline > context.now) continue;
      decide(state, record.id, false, context, { votes: record.votes, reason: "not decided in time" });
    }
  },
});
