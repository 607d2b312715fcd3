/** Who a user is: of the token's user that is known already; of others the accounts know. */
import type { Core } from "../../consensus-nodes/client/core.ts";
import type { Caller, TokenOwner, User } from "../caller.ts";
import { type Refusal, refuse } from "../failure.ts";

/** Null when there is no such user, or no more. */
export async function findUser(core: Core, caller: Caller, id: number): Promise<User | null> {
  if (caller.kind === "user" && caller.user.id === id) return caller.user;
  return core.accounts.find({ id });
}

export const NO_SUCH_USER = "There is no such user.";

export function noUser(id: number): Refusal<"NotFound"> {
  return refuse("NotFound", `there is no user ${id}`, "never registered, or deleted");
}

/** In a function that only HTTP reaches. @throws {Error} in another */
export function tokenOwner(caller: Caller): TokenOwner {
  if (caller.kind !== "user") throw new Error(`a caller by HTTP is a user, not ${caller.kind}`);
  return caller;
}
