/**
 * What stands before the nodes: functions in a runtime, behind the gateway and the gRPC ingress. Takes a while to load, and
 * is loaded while the nodes start.
 */
import type { Logger } from "pino";
import { BlobClient } from "../../consensus-nodes/client/blob-client.ts";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { CoreClient } from "../../consensus-nodes/client/core-client.ts";
import type { CredentialChannel } from "../../consensus-nodes/client/credential-channel.ts";
import type { Bindings } from "../../functions/invoke.ts";
import { Credentials } from "../credentials/credentials.ts";
import { openKeyFile } from "../credentials/key-file.ts";
import { startGateway } from "../gateway/gateway.ts";
import { openGatewayLog } from "../gateway/gateway-log.ts";
import { Metrics } from "../gateway/metrics.ts";
import { PortTaken } from "../gateway/port-taken.ts";
import { startIngress } from "../ingress/ingress.ts";
import { createNodeRuntime } from "../runtimes/node-runtime.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { ClusterWatch } from "../supervisor/cluster-watch.ts";
import { Refusal } from "../supervisor/refusal.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { Closers } from "./closers.ts";
import type { Ports } from "./ports.ts";
import { Readiness } from "./readiness.ts";
import { reloadOnSave } from "./reload-on-save.ts";

export interface FrontOptions {
  readonly supervisor: Supervisor;
  readonly runtime: Runtime["kind"];
  readonly host: string;
  readonly ports: Ports;
  readonly logFile: string;
  /** Made when it is not there. */
  readonly keyFile: string;
  readonly watch: boolean;
  /** Tells whoever sits at the terminal. */
  readonly say: (line: string) => void;
}

export interface Front {
  readonly log: Logger;
  readonly channel: CoreChannel;
  readonly credentials: CredentialChannel;
  readonly cluster: ClusterWatch;
  readonly readiness: Readiness;
  /** One more node, which may lead a group from now on. */
  know(id: number, address: string): void;
  /** Lets requests in. @throws {Refusal} when a port is taken */
  open(): Promise<void>;
  /** Lets running requests finish for a second or two. */
  close(): Promise<void>;
}

export async function createFront(options: FrontOptions): Promise<Front> {
  const { supervisor, host, ports, say } = options;
  const closers = new Closers();
  try {
    const { log, requests } = closers.add(openGatewayLog(options.logFile));
    const metrics = new Metrics();
    const nodes = [...supervisor.addresses].map(([id, address]) => ({ id, address }));
    const client = closers.add(new CoreClient({ nodes }));
    const blobs = closers.add(new BlobClient({ addresses: supervisor.addresses, members: () => supervisor.settled }));
    const channel = metrics.measure(client);
    const cluster = closers.add(new ClusterWatch(supervisor));
    const readiness = new Readiness(cluster, client);
    const credentials = new Credentials(await openKeyFile(options.keyFile), channel);
    const runtime = closers.add(
      await createRuntime(options.runtime, { channel, blobs, credentials, log, reloadable: options.watch }),
    );

    const open = async () => {
      if (options.watch) closers.add({ close: await reloadOnSave(runtime, say) });
      const doors = { host, runtime, requests, metrics };
      closers.add(await startGateway({ ...doors, port: ports.gateway, cluster: readiness }).catch(refuseTaken));
      const [port, ...extraPorts] = ports.ingress;
      const ingress = closers.add(await startIngress({ ...doors, port, extraPorts }).catch(refuseTaken));
      for (const { message } of ingress.taken) say(`${message}: going on without it, gRPC is on ${port} as well`);
    };
    const know = (id: number, address: string) => client.know(id, address);
    return { log, channel, credentials, cluster, readiness, know, open, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Isolates take a while to load, for those who want them. */
async function createRuntime(
  kind: Runtime["kind"],
  options: Bindings & { readonly log: Logger; readonly reloadable: boolean },
): Promise<Runtime> {
  if (kind === "node") return createNodeRuntime(options);
  const { createWorkerdRuntime } = await import("../runtimes/workerd-runtime.ts");
  return createWorkerdRuntime(options);
}

/** Somebody was faster since the ports were looked at. */
function refuseTaken(error: unknown): never {
  throw error instanceof PortTaken ? new Refusal(`${error.message}: choose another one`) : error;
}
