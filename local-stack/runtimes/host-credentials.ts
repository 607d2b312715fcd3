/** The host's end of isolate-credentials.ts: `POST /credentials/<method>` with the parameters as a list. The keys stay here. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { json as readJson } from "node:stream/consumers";
import * as z from "zod";
import { CoreError } from "../../consensus-nodes/client/core-failure.ts";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import { CREDENTIALS } from "./isolate-protocol.ts";

const Text = z.tuple([z.string()]);
const Hash = z.object({
  algorithm: z.literal("scrypt"),
  N: z.int(),
  r: z.int(),
  p: z.int(),
  salt: z.string(),
  key: z.string(),
});
const Matches = z.tuple([z.string(), Hash.nullable()]);
const Issue = z.tuple([z.int(), z.int()]);

export function answerCredentials(
  credentials: CredentialChannel,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  answer(credentials, incoming)
    .catch((error: unknown) => {
      if (error instanceof CoreError) return { ok: false, failure: error.failure };
      throw error;
    })
    .then(
      (reply) => outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply)),
      () => outgoing.writeHead(400).end(),
    );
}

async function answer(credentials: CredentialChannel, incoming: IncomingMessage): Promise<object> {
  const parameters: unknown = await readJson(incoming);
  const value = await carryOut(credentials, (incoming.url ?? "").slice(CREDENTIALS.length), parameters);
  return { ok: true, value };
}

function carryOut(credentials: CredentialChannel, method: string, parameters: unknown): Promise<unknown> {
  switch (method) {
    case "hash":
      return credentials.hash(...Text.parse(parameters));
    case "matches":
      return credentials.matches(...Matches.parse(parameters));
    case "issue":
      return credentials.issue(...Issue.parse(parameters));
    case "check":
      return credentials.check(...Text.parse(parameters));
    case "seal":
      return credentials.seal(...Text.parse(parameters));
    default:
      return Promise.reject(new Error(`there is no ${method}`));
  }
}
