/** Who sends an HTTP request, found out before the function's runtime is asked. */
import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import type { Checked } from "../../functions/field-errors.ts";
import type { Peer } from "../../functions/invoke.ts";
import { bearerToken, callerWith } from "./bearer-token.ts";
import { peerAddress } from "./peer-address.ts";

const ANYONE = { kind: "anyone" } as const;

interface Sent {
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly socket: Pick<Socket, "remoteAddress">;
}

/** Of a request that anyone may send. */
export function anyPeer(socket: Pick<Socket, "remoteAddress">): Peer {
  return { caller: ANYONE, address: peerAddress(socket.remoteAddress) };
}

/** Of a request that only users may send. @param tokenOfQuery asked where a token may be there */
export async function userPeer(
  { headers: { authorization }, socket }: Sent,
  tokenOfQuery: () => string | undefined,
  { tokenInQuery }: Pick<FunctionDefinition, "tokenInQuery">,
  credentials: CredentialChannel,
): Promise<Checked<Peer>> {
  const inQuery = tokenInQuery ? tokenOfQuery() : undefined;
  const caller = await callerWith(authorization === undefined ? inQuery : bearerToken(authorization), credentials);
  return caller.ok ? { ok: true, value: { ...anyPeer(socket), caller: caller.value } } : caller;
}
