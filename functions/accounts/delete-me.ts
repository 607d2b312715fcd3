import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { Password } from "./account.ts";
import { decisionOf } from "./decision.ts";
import { prove } from "./prove.ts";

/** Transactions over one user end within milliseconds, but those that wait for each other end by time. */
const ATTEMPTS = 3;

export default defineFunction({
  name: "delete_me",
  method: "DELETE",
  paths: ["/auth/me"],
  summary: "Close one's own account",
  description:
    "With the account go the reservations that are open, the places on waitlists and the notifications: in one transaction, all or " +
    "nothing. The user's tokens are not valid any more. What was done stays in the audit trail, under the user's number.",
  access: "user",
  confidential: true,
  body: z.object({ password: Password }),
  replies: { 200: { description: "The account is closed.", schema: z.object({ message: z.string() }) } },
  refusals: {
    Unauthenticated: "There is no bearer token, or it is not valid.",
    Forbidden: "The password is wrong.",
    Conflict: "Another change of the user's things is under way.",
    TooMany: "Too many attempts have failed; Retry-After says when to try again.",
  },
  async handle(context) {
    const { caller, core, input } = context;
    if (caller.kind !== "user") throw new Error("by HTTP only a token's user comes here");
    const { id, login } = caller.user;
    const proof = await prove(context, login, input.body.password);
    if (!proof.ok) return proof.refusal ?? refuse("Forbidden", "the password is wrong", "nothing was done");
    let reason = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const transaction = await core.transact([
        { group: "accounts", command: "remove", input: { id } },
        { group: "library", command: "forgetUser", input: { user: id } },
      ]);
      const decision = await decisionOf(transaction, context);
      if (decision.kind === "committed") return reply(200, { message: "Account deleted" });
      reason = decision.reason;
      if ((await core.accounts.find({ id })) === null) {
        return refuse("Unauthenticated", "the token is not valid", "the account is closed already");
      }
    }
    return refuse("Conflict", "another transaction is in the way", `nothing was done: ${reason}`);
  },
});
