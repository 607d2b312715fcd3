/** One call of a function, whichever door it came through: validate, bind the core, handle. */
import { type BlobChannel, noBlobs, type UploadRequest } from "../consensus-nodes/client/blob-channel.ts";
import { bindCore, type CallScope } from "../consensus-nodes/client/core.ts";
import type { CoreChannel, CoreReply } from "../consensus-nodes/client/core-channel.ts";
import { CoreError } from "../consensus-nodes/client/core-failure.ts";
import { type CredentialChannel, noCredentials } from "../consensus-nodes/client/credential-channel.ts";
import type { Caller } from "./caller.ts";
import type { FunctionDefinition, Input, Replies, Reply } from "./define-function.ts";
import { defect, type Failure, fromCore } from "./failure.ts";
import { type Checked, check } from "./field-errors.ts";
import { fingerprint, isIdempotencyKey } from "./idempotency.ts";
import { PatientCredentials } from "./patient-credentials.ts";
import type { RawInput } from "./rpc.ts";
import { parseTraceparent } from "./traceparent.ts";

/** How long the core may take for one request. Longer than an election, shorter than any client waits. */
export const CORE_TIMEOUT_MS = 3000;

/** What a function reaches, whatever it runs in. */
export interface Bindings {
  readonly channel: CoreChannel;
  /** None when absent. */
  readonly blobs?: BlobChannel;
  /** Nobody has any when absent. */
  readonly credentials?: CredentialChannel;
}

/** Who calls, as the host has found out. */
export interface Peer {
  readonly caller: Caller;
  /** IP address. */
  readonly address: string;
}

export interface Call {
  readonly raw: RawInput;
  readonly peer: Peer;
  readonly minimal: boolean;
  /** As it came; checked here. Reads ignore it. */
  readonly idempotencyKey?: string | undefined;
  /** As it came; ignored when malformed. */
  readonly traceparent?: string | undefined;
  /** As it came. */
  readonly lastEventId?: string | undefined;
  /** Milliseconds from now; at most CORE_TIMEOUT_MS. */
  readonly timeout?: number;
  /** Of a function that takes an upload. */
  readonly file?: Pick<UploadRequest, "body" | "contentType">;
}

export type Outcome =
  | { readonly ok: true; readonly reply: Reply<Replies> }
  | { readonly ok: false; readonly failure: Failure };

/** The core's time for a request begins anew when its upload is there, and when its password was hashed. */
type Scope = { -readonly [Name in keyof CallScope]: CallScope[Name] };

export async function invoke(
  definition: FunctionDefinition,
  call: Call,
  { channel, blobs = noBlobs, credentials = noCredentials }: Bindings,
): Promise<Outcome> {
  /** Of the caller. */
  const latest = call.timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + call.timeout;
  const deadline = () => Math.min(latest, Date.now() + CORE_TIMEOUT_MS);
  const begun = deadline();
  const input = validate(definition, call.raw);
  if (!input.ok) return input;
  const key = keyOf(definition, call);
  if (!key.ok) return key;
  let leader: number | null = null;
  const observe = (reply: CoreReply) => {
    leader = reply.ok ? reply.leader : null;
  };
  const trace = parseTraceparent(call.traceparent);
  const observed = trace === undefined ? { observe } : { observe, traceparent: trace.header };
  try {
    // No wait where there is no key: this is every request's way.
    const print = key.value && (await fingerprint(definition, input.value, credentials));
    const scope: Scope = { ...observed, deadline: begun };
    if (key.value && print) scope.idempotency = { key: keyOfCaller(call.peer, key.value), fingerprint: print };
    const { caller, address } = call.peer;
    const renew = () => {
      scope.deadline = deadline();
    };
    const result = await definition.handle({
      input: input.value,
      caller,
      address,
      core: bindCore(channel, scope),
      patient: (timeout) => bindCore(channel, { ...observed, timeout }),
      credentials: new PatientCredentials(credentials, renew),
      blobs,
      upload: async (nodes) => {
        if (call.file === undefined) return { ok: false, refusal: "no-file", detail: "the request has no body" };
        const uploaded = await blobs.upload({ ...call.file, nodes });
        renew();
        return uploaded;
      },
      leader: () => leader,
      minimal: call.minimal,
      keyed: print !== undefined,
      lastEventId: call.lastEventId,
    });
    return "kind" in result ? { ok: false, failure: result } : { ok: true, reply: result };
  } catch (error) {
    return { ok: false, failure: error instanceof CoreError ? fromCore(error.failure) : defect(error) };
  }
}

type Fields = Readonly<Record<string, unknown>> | undefined;
type AnyInput = Input<Fields, Fields, unknown>;

function validate({ params, query, body }: FunctionDefinition, raw: RawInput): Checked<AnyInput> {
  const checkedParams = params && check(params, raw.params ?? {}, "the path");
  if (checkedParams?.ok === false) return checkedParams;
  const checkedQuery = query && check(query, raw.query ?? {}, "the query");
  if (checkedQuery?.ok === false) return checkedQuery;
  const checkedBody = body && check(body, raw.body, "the body");
  if (checkedBody?.ok === false) return checkedBody;
  return {
    ok: true,
    value: { params: checkedParams?.value, query: checkedQuery?.value, body: checkedBody?.value },
  };
}

/** A key is its user's own: another's is another. No client's key has a line break. */
function keyOfCaller({ caller }: Peer, key: string): string {
  return caller.kind === "user" ? `${caller.user.id}\n${key}` : key;
}

/** Undefined where no key came, or where there is nothing to do twice. */
function keyOf({ method }: FunctionDefinition, { idempotencyKey: key }: Call): Checked<string | undefined> {
  if (key === undefined || method === "GET") return { ok: true, value: undefined };
  if (isIdempotencyKey(key)) return { ok: true, value: key };
  const error = "Idempotency-Key must be 1 to 255 printable ASCII characters";
  return { ok: false, failure: { kind: "Malformed", error, detail: `it has ${key.length} characters` } };
}
