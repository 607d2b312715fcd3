import * as z from "zod";
import type { AuthServiceService } from "../../proto/generated/library.ts";
import { defineFunction, reply } from "../define-function.ts";
import { rpc } from "../rpc.ts";

const Verified = z
  .object({
    valid: z.boolean(),
    user_id: z.int().nullable().meta({ description: "Null when it is not valid." }),
    student_id: z.string().nullable().meta({ description: "Null when it is not valid." }),
  })
  .meta({ id: "VerifiedToken" });

export default defineFunction({
  name: "verify_token",
  method: "POST",
  paths: ["/auth/verify"],
  summary: "Whose token it is",
  description: "A token that is expired, not from here or of a deleted user is not valid: the answer says no more.",
  confidential: true,
  body: z.object({ token: z.string() }),
  replies: { 200: { description: "Whether it is valid.", schema: Verified } },
  rpcs: [
    rpc<AuthServiceService["verify"]>("/library.AuthService/Verify")({
      input: ({ token }) => ({ body: { token } }),
      reply: ({ valid, user_id, student_id }: z.infer<typeof Verified>) => ({
        valid,
        userId: user_id ?? 0,
        studentId: student_id ?? "",
      }),
    }),
  ],
  async handle({ input, credentials }) {
    const user = (await credentials.check(input.body.token))?.user;
    return reply(200, { valid: user !== undefined, user_id: user?.id ?? null, student_id: user?.login ?? null });
  },
});
