/** Who makes a gRPC call, found out before the function's runtime is asked. Without a token this machine is trusted. */
import type { ServerUnaryCall } from "@grpc/grpc-js";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import type { Access } from "../../functions/define-function.ts";
import type { Failure } from "../../functions/failure.ts";
import type { Checked } from "../../functions/field-errors.ts";
import type { Peer } from "../../functions/invoke.ts";
import { bearerToken, callerWith } from "../gateway/bearer-token.ts";
import { isLoopback, peerAddress } from "../gateway/peer-address.ts";

type Call = Pick<ServerUnaryCall<object, object>, "getPeer" | "metadata">;

/** Of a call that anyone may make. */
export function anyPeer(call: Call): Peer {
  const peer = call.getPeer();
  // `address:port`, and the address may have colons itself.
  return { caller: { kind: "anyone" }, address: peerAddress(peer.slice(0, peer.lastIndexOf(":"))) };
}

/** Of a call that not everybody may make. */
export async function knownPeer(
  call: Call,
  access: Exclude<Access, "anyone">,
  credentials: Pick<CredentialChannel, "check">,
): Promise<Checked<Peer>> {
  const peer = anyPeer(call);
  const [authorization] = call.metadata.get("authorization");
  const trusted = authorization === undefined && isLoopback(peer.address);
  if (trusted) return { ok: true, value: { ...peer, caller: { kind: "trusted" } } };
  if (access === "trusted") return { ok: false, failure: NOT_TRUSTED };
  const token = authorization === undefined ? undefined : bearerToken(String(authorization));
  const caller = await callerWith(token, credentials);
  return caller.ok ? { ok: true, value: { ...peer, caller: caller.value } } : caller;
}

const NOT_TRUSTED: Failure = {
  kind: "Forbidden",
  error: "not for users",
  detail: "it is called from the machine that the stack runs on, without a token",
};
