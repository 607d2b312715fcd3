/** Whether a password is its user's. Counted before it is looked at, so that guesses made at once all count. */
import type { User } from "../../consensus-nodes/client/credential-channel.ts";
import type { Context } from "../define-function.ts";
import { type Refusal, tooMany } from "../failure.ts";

export type Proof =
  | { readonly ok: true; readonly user: User /** Milliseconds since the epoch, by the log. */; readonly at: number }
  | { readonly ok: false; readonly refusal: Refusal<"TooMany"> | undefined };

/** @returns no refusal for a wrong name and for a wrong password alike, after the same work */
export async function prove(
  { core, credentials, address }: Pick<Context<unknown, unknown, unknown>, "core" | "credentials" | "address">,
  login: string,
  password: string,
): Promise<Proof> {
  const attempt = await core.accounts.attempt({ login, address });
  if (attempt.outcome === "too-many") {
    return { ok: false, refusal: tooMany("too many attempts have failed", attempt.wait) };
  }
  const { user, at } = attempt;
  const matches = await credentials.matches(password, user?.hash ?? null);
  if (!matches || user === null) return { ok: false, refusal: undefined };
  await core.accounts.succeeded({ login, address });
  return { ok: true, user, at };
}
