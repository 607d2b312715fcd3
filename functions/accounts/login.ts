import * as z from "zod";
import type { AuthServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { rpc } from "../rpc.ts";
import { LoggedIn, loggedIn, loginResponse, Password, StudentId } from "./account.ts";
import { prove } from "./prove.ts";

export default defineFunction({
  name: "login",
  method: "POST",
  paths: ["/auth/login"],
  summary: "Log in",
  description: "Five attempts for one name from one address may fail within 20 seconds; the next has to wait.",
  confidential: true,
  body: z.object({ student_id: StudentId, password: Password }),
  replies: { 200: { description: "A token.", schema: LoggedIn } },
  refusals: {
    Unauthenticated: "The name or the password is wrong.",
    TooMany: "Too many attempts have failed; Retry-After says when to try again.",
  },
  rpcs: [
    rpc<AuthServiceService["login"]>("/library.AuthService/Login")({
      input: ({ studentId, password }) => ({ body: { student_id: studentId, password } }),
      reply: loginResponse,
    }),
  ],
  async handle(context) {
    const { student_id: login, password } = context.input.body;
    const proof = await prove(context, login, password);
    if (!proof.ok) {
      return proof.refusal ?? refuse("Unauthenticated", "the name or the password is wrong", "no token was made");
    }
    return reply(200, loggedIn(await context.credentials.issue(proof.user.id, proof.at), proof.user));
  },
});
