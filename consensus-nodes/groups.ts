/** Which machines there are. Each is replicated by a group of its own, which carries its name. */
import { accounts } from "./machines/accounts.ts";
import { journal } from "./machines/journal.ts";
import { library } from "./machines/library.ts";
import { pictures } from "./machines/pictures.ts";
import { queue } from "./machines/queue.ts";
import { transactions } from "./machines/transactions.ts";

export const groups = { queue, journal, transactions, pictures, accounts, library } as const;

export type Groups = typeof groups;
export type GroupName = keyof Groups;
