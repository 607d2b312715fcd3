/** Who sends an HTTP request, found out before the function's runtime is asked. */
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import type { Checked } from "../../functions/field-errors.ts";
import type { Peer } from "../../functions/invoke.ts";
import type { HttpContext } from "../runtimes/runtime.ts";
import { bearerToken, callerWith } from "./bearer-token.ts";
import { peerAddress } from "./peer-address.ts";

const ANYONE = { kind: "anyone" } as const;

/** Of a request that anyone may send. */
export function anyPeer(c: HttpContext): Peer {
  return { caller: ANYONE, address: peerAddress(c.env.incoming.socket.remoteAddress) };
}

/** Of a request that only users may send. */
export async function userPeer(
  c: HttpContext,
  { tokenInQuery }: Pick<FunctionDefinition, "tokenInQuery">,
  credentials: CredentialChannel,
): Promise<Checked<Peer>> {
  const { authorization } = c.env.incoming.headers;
  const inQuery = tokenInQuery ? c.req.query("token") : undefined;
  const caller = await callerWith(authorization === undefined ? inQuery : bearerToken(authorization), credentials);
  return caller.ok ? { ok: true, value: { ...anyPeer(c), caller: caller.value } } : caller;
}
