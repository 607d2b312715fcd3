/** The narrow way between a function and what only the host may do: it holds the keys, and pays for the hashing. */
import type { PasswordHash, User } from "../machines/accounts.ts";
import { CoreError } from "./core-failure.ts";

export type { PasswordHash, User };

export interface TokenOwner {
  readonly user: User;
  /** When the token expires, in milliseconds since the epoch. */
  readonly until: number;
}

/** @throws {CoreError} from every method: Overloaded when too much waits already, and what the core answers. */
export interface CredentialChannel {
  hash(password: string): Promise<PasswordHash>;
  /** Null stands for a user that there is not: the same work, and false. */
  matches(password: string, hash: PasswordHash | null): Promise<boolean>;
  /**
   * A token that is good for 24 h.
   * @param at milliseconds since the epoch; the same user and instant give the same token
   */
  issue(user: number, at: number): Promise<string>;
  /** Whose token it is, if it is one of ours, is not expired, and its user still exists. */
  check(token: string): Promise<TokenOwner | undefined>;
  /** Stands for a text in a log, where it says nothing about the text to who has not the host's key: HMAC-SHA-256, in hexadecimal. */
  seal(text: string): Promise<string>;
}

async function none(): Promise<never> {
  throw new CoreError({ kind: "Defect", message: "there are no accounts here" });
}

/** Where nobody has an account. */
export const noCredentials: CredentialChannel = {
  hash: none,
  matches: none,
  issue: none,
  check: async () => undefined,
  seal: none,
};
