/** For whom a call acts. Found out by the host before the function runs. */
import type { TokenOwner, User } from "../consensus-nodes/client/credential-channel.ts";
import { type Refusal, refuse } from "./failure.ts";

export type { TokenOwner, User };

export type Caller =
  /** With a good token. */
  | ({ readonly kind: "user" } & TokenOwner)
  /** By gRPC from this machine, without a token: may act for any user. */
  | { readonly kind: "trusted" }
  /** Of a function that asks for nobody. */
  | { readonly kind: "anyone" };

/**
 * @returns the id of the user to act for
 * @param named the user that the request names; undefined and 0 name nobody
 * @throws {Error} in a function without `access: "user"`
 */
export function actingUser(caller: Caller, named: number | undefined): number | Refusal<"Forbidden" | "Invalid"> {
  switch (caller.kind) {
    case "user": {
      const { id } = caller.user;
      if (named === undefined || named === 0 || named === id) return id;
      return refuse("Forbidden", `the token is not user ${named}'s`, `it acts for user ${id} alone`);
    }
    case "trusted":
      if (named !== undefined && named > 0) return named;
      return refuse("Invalid", "user_id is missing", "a call without a token names the user it acts for");
    case "anyone":
      throw new Error('only a function with access "user" knows its caller');
  }
}

/**
 * Whose things the call may see and change: a user's id; null for everybody's. For methods that name a thing and no user.
 * @throws {Error} in a function without `access: "user"`
 */
export function ownerFilter(caller: Caller): number | null {
  if (caller.kind === "anyone") throw new Error('only a function with access "user" knows its caller');
  return caller.kind === "user" ? caller.user.id : null;
}
