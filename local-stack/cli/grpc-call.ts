/** One unary call to a gRPC server, with a deadline, and its failure as one line. */
import { type CallOptions, type Client, connectivityState, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { Refusal } from "../supervisor/refusal.ts";

/** Milliseconds for a server to be found. */
const CONNECT_MS = 2_000;
/** Milliseconds for an answer: the core itself gives up after three seconds. */
const ANSWER_MS = 5_000;
/** For clients of the command line: loopback, or an address that was typed. */
export const channelOptions = {
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 500,
  "grpc.enable_http_proxy": 0,
};

type Callback<Reply> = (error: ServiceError | null, reply: Reply) => void;

/** Closes the client. @param token goes along as `authorization: Bearer …` @throws {Refusal} */
export async function callGrpc<Request, Reply>(
  client: Client,
  method: (request: Request, metadata: Metadata, options: CallOptions, callback: Callback<Reply>) => unknown,
  request: Request,
  token?: string,
): Promise<Reply> {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  const server = client.getChannel().getTarget().replace(/^dns:/, "");
  try {
    await connect(client, server);
    return await new Promise<Reply>((resolve, reject) => {
      method.call(client, request, metadata, { deadline: Date.now() + ANSWER_MS }, (error, reply) => {
        if (error === null) resolve(reply);
        else if (error.code === status.DEADLINE_EXCEEDED) reject(new Refusal(`${server} did not answer in time`));
        else reject(new Refusal(error.details || `${server} answered ${status[error.code]}`));
      });
    });
  } finally {
    client.close();
  }
}

/** An address where nobody listens is told at once, not when the time is up. */
async function connect(client: Client, server: string): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + CONNECT_MS;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return;
    const changed = await new Promise<boolean>((resolve) => {
      if (state === connectivityState.TRANSIENT_FAILURE) resolve(false);
      else channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
    });
    if (!changed) throw new Refusal(`nobody answers at ${server}: is the stack running? npm start starts it`);
  }
}
