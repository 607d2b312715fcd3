/** Whom a bearer token belongs to. RFC 6750. */
import { CoreError } from "../../consensus-nodes/client/core-failure.ts";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import type { Caller } from "../../functions/caller.ts";
import { type Failure, fromCore } from "../../functions/failure.ts";
import type { Checked } from "../../functions/field-errors.ts";

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** @returns undefined when the header is something else */
export function bearerToken(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1];
}

/** @param token undefined: none came, or none that can be read */
export async function callerWith(
  token: string | undefined,
  credentials: Pick<CredentialChannel, "check">,
): Promise<Checked<Caller>> {
  if (token === undefined) return { ok: false, failure: NO_TOKEN };
  try {
    const owner = await credentials.check(token);
    return owner === undefined ? { ok: false, failure: BAD_TOKEN } : { ok: true, value: { kind: "user", ...owner } };
  } catch (error) {
    if (error instanceof CoreError) return { ok: false, failure: fromCore(error.failure) };
    throw error;
  }
}

const NO_TOKEN: Failure = {
  kind: "Unauthenticated",
  error: "a bearer token is needed",
  detail: "send Authorization: Bearer <token>, with a token from POST /auth/login",
};

/** Whatever is wrong with it. */
const BAD_TOKEN: Failure = {
  kind: "Unauthenticated",
  error: "the token is not valid",
  detail: "it is expired, not ours, or of a user who is gone; log in again",
};
