/** What the account functions have in common: how names and passwords may look, and what a login answers. */
import * as z from "zod";
import type { AuthServiceService } from "../../proto/generated/library.ts";
import type { User } from "../caller.ts";

/** Letters, marks, digits, punctuation, symbols and blanks: no controls, no line breaks, no half characters. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

/** Characters, not UTF-16 units. Blanks around it do not count; the same letters are the same text, however they are composed. */
function printable(limit: number) {
  const TOO_LONG = `must have at most ${limit} characters`;
  return z
    .string()
    .normalize("NFC")
    .trim()
    .min(1)
    .regex(PRINTABLE, "must be printable")
    .refine((text) => [...text].length <= limit, TOO_LONG);
}

const MAX_PASSWORD = 1024;

export const StudentId = printable(64).meta({
  description: "1 to 64 printable characters, without blanks around them; case matters.",
  example: "S2021001",
});
export const UserName = printable(200).meta({ description: "1 to 200 printable characters.", example: "Ada Lovelace" });
export const Password = z
  .string()
  .normalize("NFC")
  .min(1)
  .max(MAX_PASSWORD)
  .meta({ description: `1 to ${MAX_PASSWORD} characters.`, format: "password", example: "correct horse battery" });

export const LoggedIn = z
  .object({
    token: z.string().meta({ description: "A bearer token, good for 24 h." }),
    user_id: z.int(),
    student_id: z.string(),
    name: z.string(),
  })
  .meta({ id: "LoggedIn" });

export function loggedIn(token: string, { id, login, name }: User): z.infer<typeof LoggedIn> {
  return { token, user_id: id, student_id: login, name };
}

type LoginResponse = ReturnType<AuthServiceService["login"]["responseDeserialize"]>;

export function loginResponse(body: z.infer<typeof LoggedIn>): LoginResponse {
  return { token: body.token, userId: body.user_id, studentId: body.student_id, name: body.name };
}
