/** The inside of an isolate: the way out to the host's keys; host-credentials.ts is the other end. Runs in workerd, not in Node. */
import { CoreError, type CoreFailure } from "../../consensus-nodes/client/core-failure.ts";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import { CREDENTIALS } from "./isolate-protocol.ts";

/** As host-credentials.ts sends it. */
type Reply = { readonly ok: true; readonly value?: unknown } | { readonly ok: false; readonly failure: CoreFailure };

async function ask<Method extends keyof CredentialChannel>(
  method: Method,
  ...parameters: Parameters<CredentialChannel[Method]>
): Promise<Awaited<ReturnType<CredentialChannel[Method]>>> {
  const init = { method: "POST", body: JSON.stringify(parameters) };
  const response = await fetch(`http://host${CREDENTIALS}${method}`, init);
  if (!response.ok) throw new Error(`the host answered ${response.status}`);
  const reply: Reply = JSON.parse(await response.text());
  if (!reply.ok) throw new CoreError(reply.failure);
  // The host gives what its own channel gave.
  return reply.value as Awaited<ReturnType<CredentialChannel[Method]>>;
}

export const credentials: CredentialChannel = {
  hash: (password) => ask("hash", password),
  matches: (password, hash) => ask("matches", password, hash),
  issue: (user, at) => ask("issue", user, at),
  check: (token) => ask("check", token),
  seal: (text) => ask("seal", text),
};
