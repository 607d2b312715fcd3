/** Which gRPC ingress a command speaks to. */
import { type ChannelCredentials, type ClientOptions, credentials } from "@grpc/grpc-js";
import { DataFolder } from "../supervisor/data-folder.ts";
import { runningStack } from "../supervisor/stack-file.ts";
import { authority } from "./authority.ts";
import { channelOptions } from "./grpc-call.ts";

/** One of both, or none: then it is where `npm start` puts it. */
export interface GrpcTarget {
  /** host:port */
  readonly server?: string | undefined;
  /** Folder of the stack whose ingress it is. */
  readonly data?: string | undefined;
}

const DEFAULT_SERVER = "127.0.0.1:50051";

type ClientClass<C> = new (address: string, credentials: ChannelCredentials, options?: Partial<ClientOptions>) => C;

/** @throws {Refusal} when no stack runs in the data folder */
export async function connect<C>(Client: ClientClass<C>, { server, data }: GrpcTarget): Promise<C> {
  const address = server ?? (data === undefined ? DEFAULT_SERVER : await ingressOf(new DataFolder(data)));
  return new Client(address, credentials.createInsecure(), channelOptions);
}

async function ingressOf(folder: DataFolder): Promise<string> {
  const { host, ports } = await runningStack(folder);
  return authority(host, ports.ingress[0]);
}
