/** Accounts of one bank branch: what the simulated bank replicates. No money is made or lost but by `deposit` and `withdraw`. */
import * as z from "zod";
import { command, defineMachine, type Machine } from "../../../../consensus-nodes/machines/machine.ts";

export const ACCOUNTS = 20;
export const OPENING_BALANCE = 100;

export interface AccountsState {
  readonly balances: Map<string, number>;
  /** How often each transfer changed something here. */
  readonly done: Map<string, number>;
}

const Numbers = z.array(z.tuple([z.string(), z.number()]));
const Captured = z.tuple([Numbers, Numbers]);
export const AccountsView = z.object({ balances: Numbers, done: Numbers });

const Account = z.string().regex(/^a\d+$/);
const Change = z.object({ account: Account, amount: z.int().min(1), transfer: z.string() });
const Move = z.object({ from: Account, to: Account, amount: z.int().min(1) });

function add({ balances }: AccountsState, account: string, amount: number): boolean {
  const balance = (balances.get(account) ?? 0) + amount;
  if (balance < 0) return false;
  balances.set(account, balance);
  return true;
}

const note = ({ done }: AccountsState, transfer: string) => done.set(transfer, (done.get(transfer) ?? 0) + 1);

export type AccountsMachine = Machine<AccountsState>;

/** @param locking false plants a defect: a prepare locks nothing. */
export function accounts(name: string, locking = true): AccountsMachine {
  const keys = (...names: readonly string[]) => (locking ? names : []);
  return defineMachine({
    name,
    initial: (): AccountsState => ({
      balances: new Map(Array.from({ length: ACCOUNTS }, (_, account) => [`a${account}`, OPENING_BALANCE])),
      done: new Map(),
    }),
    snapshots: {
      capture: ({ balances, done }) => [[...balances], [...done]],
      restore: (values) => {
        const [balances, done] = Captured.parse([...values]);
        return { balances: new Map(balances), done: new Map(done) };
      },
    },
    commands: {
      deposit: command(
        Change,
        (state: AccountsState, { account, amount, transfer }) => {
          note(state, transfer);
          return { done: add(state, account, amount) };
        },
        { keys: ({ account }) => keys(account) },
      ),
      withdraw: command(
        Change,
        (state: AccountsState, { account, amount, transfer }) => {
          note(state, transfer);
          return { done: add(state, account, -amount) };
        },
        {
          keys: ({ account }) => keys(account),
          check: ({ balances }, { account, amount }) =>
            (balances.get(account) ?? 0) < amount ? `${account} has not got ${amount}` : undefined,
        },
      ),
      /** Within the branch, in no transaction. */
      move: command(
        Move,
        (state: AccountsState, { from, to, amount }) => ({ done: add(state, from, -amount) && add(state, to, amount) }),
        { keys: ({ from, to }) => keys(from, to) },
      ),
    },
    queries: {
      state: {
        schema: z.object({}),
        answer: ({ balances, done }: AccountsState) => ({ balances: [...balances], done: [...done] }),
      },
    },
  });
}
