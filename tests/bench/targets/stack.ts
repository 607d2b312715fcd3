/** Our stack as users start it, with a new data folder, on a block of free ports. */
import { fileURLToPath } from "node:url";
import { ClusterReport } from "../../../local-stack/supervisor/cluster-report.ts";
import { DataFolder } from "../../../local-stack/supervisor/data-folder.ts";
import { freePorts } from "../../free-ports.ts";
import { Child, makeFolder, removeFolder } from "../child-processes.ts";

/** The block that `--base-port` takes, and where in it the nodes begin. */
const PORTS = 50;
const FIRST_NODE = 10;
const ANSWER_DEADLINE_MS = 2_000;

const tutti = fileURLToPath(new URL("../../../local-stack/launch/tutti.js", import.meta.url));

export interface RunningStack {
  /** The gateway's. */
  readonly port: number;
  readonly data: DataFolder;
  /** Of a node, which may come later. */
  addressOf(id: number): string;
  /** GET /cluster; undefined when it is not answered in time. */
  cluster(): Promise<ClusterReport | undefined>;
  /** Of the nodes' processes, by node. @throws {Error} when one is down */
  pids(): Promise<ReadonlyMap<number, number>>;
  /** Ends its processes and removes its data. */
  end(): Promise<void>;
}

/** Resolves when it serves requests. @param parent where its data goes @param shape options of `tutti up` @throws {Error} when it does not come up */
export async function startStack(
  parent: string,
  shape: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningStack> {
  const folder = await makeFolder(parent);
  const port = await freePorts(PORTS);
  const place = ["--base-port", String(port), "--data", folder];
  const child = new Child(process.execPath, [tutti, "up", ...place, "--no-demo", ...shape], folder, environment);
  const end = async () => {
    await child.end();
    await removeFolder(folder);
  };
  try {
    await child.ready(() => isReady(port));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    port,
    data: new DataFolder(folder),
    addressOf: (id) => `127.0.0.1:${port + FIRST_NODE + id}`,
    cluster: () => clusterReport(port),
    pids: async () => {
      const { nodes = [] } = (await clusterReport(port)) ?? {};
      const pids = nodes.flatMap(({ id, pid }) => (pid === null ? [] : [[id, pid] as const]));
      if (nodes.length === 0 || pids.length < nodes.length) throw new Error("a node is down");
      return new Map(pids);
    },
    end,
  };
}

async function clusterReport(port: number): Promise<ClusterReport | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const response = await fetch(`http://127.0.0.1:${port}/cluster`, { signal });
    return ClusterReport.parse(await response.json());
  } catch {
    return undefined;
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
