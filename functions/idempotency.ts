/** `Idempotency-Key`: the first answer again. Contract: shared/contracts/README.md. */
import type { CredentialChannel } from "../consensus-nodes/client/credential-channel.ts";
import type { FunctionDefinition } from "./define-function.ts";

/** Printable ASCII. Bounded, for the key is part of the log. */
const KEY = /^[\x20-\x7e]{1,255}$/;

export function isIdempotencyKey(key: string): boolean {
  return KEY.test(key);
}

/**
 * What one key may stand for: this function with this input. SHA-256, in hexadecimal; keyed where the input holds a secret, for it
 * lies in the log, and a password is soon guessed by who can try as many as he likes.
 */
export async function fingerprint(
  { name, confidential }: Pick<FunctionDefinition, "name" | "confidential">,
  input: unknown,
  credentials: Pick<CredentialChannel, "seal">,
): Promise<string> {
  const text = `${name}\n${JSON.stringify(input)}`;
  if (confidential) return credentials.seal(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
