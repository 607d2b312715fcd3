/**
 * Who there is: one identity for all applications. Passwords are hashed before they come here, and compared elsewhere; what a
 * login is made of and how it is written is decided before, too: here two names are one when they are the same string.
 */
import * as z from "zod";
import { Attempts } from "./accounts-attempts.ts";
import { command, defineMachine, query } from "./machine.ts";
import { SortedTree } from "./sorted-tree.ts";

/** Bounds the memory of a node. */
export const MAX_USERS = 1_000_000;
/** UTF-16 units; up to two for a character. */
const MAX_LOGIN = 128;
const MAX_NAME = 400;
const MAX_ADDRESS = 64;

/** Of scrypt, with the parameters that it was made with; nothing here looks at them. */
const PasswordHash = z.object({
  algorithm: z.literal("scrypt"),
  N: z.int().min(2),
  r: z.int().min(1),
  p: z.int().min(1),
  /** Base64, like the key. */
  salt: z.string().max(128),
  key: z.string().max(128),
});
export type PasswordHash = Readonly<z.infer<typeof PasswordHash>>;

const Account = z.object({
  /** From 1, ascending, never given twice. */
  id: z.int().min(1),
  login: z.string(),
  name: z.string(),
  hash: PasswordHash,
  /** Milliseconds since the epoch. */
  created: z.int(),
});
/** Never changed, only removed. */
type Account = Readonly<z.infer<typeof Account>>;

export type User = Readonly<Pick<Account, "id" | "login" | "name">>;

interface AccountsState {
  /** Of the next user. */
  next: number;
  /** users.size <= MAX_USERS */
  readonly users: SortedTree<number, Account>;
  /** Ids; one per user. */
  readonly byLogin: Map<string, number>;
  readonly attempts: Attempts;
}

const login = z.string().min(1).max(MAX_LOGIN);
const id = z.int().min(1);
const Register = z.object({ login, name: z.string().min(1).max(MAX_NAME), hash: PasswordHash });
const Attempt = z.object({ login, address: z.string().max(MAX_ADDRESS) });
const Id = z.object({ id });

const Head = z.object({ next: z.int() });
const Captured = z.union([
  z.tuple([z.literal("user"), Account]),
  // What it holds is checked by who knows it.
  z.tuple([z.literal("attempts"), z.unknown()]),
]);

const empty = (next: number): AccountsState => ({
  next,
  users: new SortedTree(),
  byLogin: new Map(),
  attempts: new Attempts(),
});

function add(state: AccountsState, account: Account): void {
  state.users.set(account.id, account);
  state.byLogin.set(account.login, account.id);
}

function named(state: AccountsState, login: string): Account | undefined {
  const id = state.byLogin.get(login);
  return id === undefined ? undefined : state.users.get(id);
}

function userOf({ id, login, name }: Account): User {
  return { id, login, name };
}

function* values(next: number, users: SortedTree<number, Account>, attempts: readonly unknown[]): Iterable<unknown> {
  yield { next };
  for (const account of users.values()) yield ["user", account];
  for (const pair of attempts) yield ["attempts", pair];
}

export const accounts = defineMachine({
  name: "accounts",
  initial: () => empty(1),
  snapshots: {
    // Accounts are never changed in place, and a clone of the tree is O(1).
    capture: ({ next, users, attempts }) => values(next, users.clone(), attempts.capture()),
    restore: (captured) => {
      let state: AccountsState | undefined;
      for (const value of captured) {
        if (state === undefined) {
          state = empty(Head.parse(value).next);
          continue;
        }
        const [kind, part] = Captured.parse(value);
        if (kind === "user") add(state, part);
        else state.attempts.restore(part);
      }
      if (state === undefined) throw new Error("the snapshot has no head");
      return state;
    },
  },
  commands: {
    /** `at`: the instant by the log, the same for whoever asks again under an idempotency key. */
    register: command(Register, (state: AccountsState, { login, name, hash }, { now }) => {
      if (state.byLogin.has(login)) return { outcome: "taken" } as const;
      if (state.users.size >= MAX_USERS) return { outcome: "full" } as const;
      const account = { id: state.next, login, name, hash, created: now };
      state.next += 1;
      add(state, account);
      return { outcome: "registered", user: userOf(account), at: now } as const;
    }),

    /** Counts as a failure until `succeeded` says otherwise. The same is counted for a login that nobody has. */
    attempt: command(Attempt, (state: AccountsState, attempt, { now }) => {
      const wait = state.attempts.count(attempt, now);
      // Milliseconds.
      if (wait > 0) return { outcome: "too-many", wait } as const;
      const account = named(state, attempt.login);
      const user = account === undefined ? null : { ...userOf(account), hash: account.hash };
      return { outcome: "allowed", user, at: now } as const;
    }),

    /** What was counted for the pair counts no more. */
    succeeded: command(Attempt, (state: AccountsState, attempt) => {
      state.attempts.forget(attempt);
      return { outcome: "forgotten" } as const;
    }),

    remove: command(
      Id,
      (state: AccountsState, { id }) => {
        const account = state.users.get(id);
        if (account === undefined) return { outcome: "absent" } as const;
        state.users.delete(id);
        state.byLogin.delete(account.login);
        return { outcome: "removed" } as const;
      },
      { keys: ({ id }) => [`user:${id}`], check: (state, { id }) => (state.users.has(id) ? undefined : "absent") },
    ),
  },
  queries: {
    find: query(Id, (state: AccountsState, { id }): User | null => {
      const account = state.users.get(id);
      return account === undefined ? null : userOf(account);
    }),
    named: query(z.object({ login }), (state: AccountsState, { login }): User | null => {
      const account = named(state, login);
      return account === undefined ? null : userOf(account);
    }),
  },
});
