/** A stack on a terminal: what is printed, and what signals do. */
import { constants } from "node:os";
import { NodeConfiguration } from "../../consensus-nodes/configuration.ts";
import { libraryLimitsOf } from "../stack/library-limits.ts";
import type { Ports } from "../stack/ports.ts";
import { Stack } from "../stack/stack.ts";
import type { DataFolder } from "../supervisor/data-folder.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { authority } from "./authority.ts";
import { colors, print, printJson } from "./output.ts";

/** Everything is gone by then: scripts rely on 3 s. */
const END_WITHIN_MS = 2_800;
/** Ctrl-C reaches all processes of a terminal, and npm hands it on once more: that is one signal still. */
const SAME_SIGNAL_MS = 300;

export interface RunOptions {
  readonly folder: DataFolder;
  readonly nodes?: number | undefined;
  readonly runtime: "node" | "workerd";
  readonly port?: number | undefined;
  readonly grpcPort?: number | undefined;
  readonly basePort?: number | undefined;
  readonly host: string;
  readonly leaseDrift?: number | undefined;
  readonly seed?: string | undefined;
  readonly demo: boolean;
  readonly watch: boolean;
  readonly json?: true | undefined;
}

/** Resolves when it was ended by a signal. @throws {Refusal} when it could not start */
export async function runStack(options: RunOptions): Promise<void> {
  const { folder, nodes, runtime, host, seed, demo, watch } = options;
  const rpcLog = NodeConfiguration.shape.rpcLog.safeParse(process.env.RPC_LOG || undefined);
  if (!rpcLog.success) throw new Refusal(`RPC_LOG is all, changes or off, not ${process.env.RPC_LOG}`, 2);
  const stack = new Stack({
    folder,
    nodes,
    runtime,
    host,
    ports: { base: options.basePort, gateway: options.port, ingress: options.grpcPort },
    rpcLog: rpcLog.data,
    leaseDrift: options.leaseDrift,
    seed,
    library: libraryLimitsOf(process.env),
    demo,
    watch,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const signalled = endingSignal(stack);
  const started = stack.start().then((ports) => announce(options, ports));
  try {
    await Promise.race([started, signalled]);
    await signalled;
  } finally {
    // When it was ended before it was ready, its start fails: that is no news.
    started.catch(() => {});
    await stack.close();
  }
}

/** Resolves at the first signal. The second one ends the process there and then. */
function endingSignal(stack: Stack): Promise<void> {
  let first: number | undefined;
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        if (first === undefined) {
          first = performance.now();
          setTimeout(() => endAtOnce(0), END_WITHIN_MS).unref();
          resolve();
        } else if (performance.now() - first > SAME_SIGNAL_MS) {
          endAtOnce(128 + constants.signals[signal]);
        }
      });
    }
  });

  function endAtOnce(exitCode: number): never {
    stack.endAtOnce();
    process.exit(exitCode);
  }
}

function announce({ host, json, folder, runtime, watch }: RunOptions, ports: Ports): void {
  const gateway = `http://${authority(host, ports.gateway)}`;
  const ingress = ports.ingress.map((port) => authority(host, port));
  // Since this process began.
  const seconds = Number((performance.now() / 1000).toFixed(2));
  if (json) {
    printJson({
      ready: true,
      seconds,
      gateway,
      ingress,
      nodes: ports.nodes.map((port) => `127.0.0.1:${port}`),
      data: folder.path,
    });
    return;
  }
  const control = ports.doors.flatMap((doors) => doors.control ?? []);
  const rows = [
    ["REST", colors.cyan(gateway)],
    ["API page", colors.cyan(`${gateway}/docs`)],
    ["gRPC", ingress.join(", ")],
    ["nodes", `127.0.0.1:${ports.nodes[0]}–${ports.nodes.at(-1)}`],
    ...(control.length > 0 ? [["2PC control", `127.0.0.1:${control[0]}–${control.at(-1)}`]] : []),
    ["data, logs", folder.toString()],
  ];
  print(
    `${colors.green(colors.bold("ready"))} in ${seconds} s: ${ports.nodes.length} nodes, functions in ${runtime}${watch ? ", reloaded as they are saved" : ""}`,
  );
  for (const [name = "", value = ""] of rows) print(`  ${name.padEnd(12)}${value}`);
  print("Ctrl-C stops it.");
}
