import * as z from "zod";
import type { AuthServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { rpc } from "../rpc.ts";
import { LoggedIn, loggedIn, loginResponse, Password, StudentId, UserName } from "./account.ts";

export default defineFunction({
  name: "register",
  method: "POST",
  paths: ["/auth/register"],
  summary: "Open an account, and log in",
  confidential: true,
  body: z.object({ student_id: StudentId, password: Password, name: UserName }),
  replies: { 200: { description: "The account is open.", schema: LoggedIn } },
  refusals: { Conflict: "The student_id is taken.", Full: "There are as many users as there may be." },
  rpcs: [
    rpc<AuthServiceService["register"]>("/library.AuthService/Register")({
      input: ({ studentId, password, name }) => ({ body: { student_id: studentId, password, name } }),
      reply: loginResponse,
    }),
  ],
  async handle({ input, core, credentials }) {
    const { student_id: login, password, name } = input.body;
    const result = await core.accounts.register({ login, name, hash: await credentials.hash(password) });
    switch (result.outcome) {
      case "taken":
        return refuse("Conflict", `student_id ${login} is taken`, "choose another one, or log in");
      case "full":
        return refuse("Full", "there is no room for more users", "nothing was done");
      case "registered":
        // Made after the command, and the same again for the same command: the log never holds a token.
        return reply(200, loggedIn(await credentials.issue(result.user.id, result.at), result.user));
    }
  },
});
