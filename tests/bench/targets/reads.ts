/** Linearizable reads of one track out of a thousand, ours and etcd's, which are linearizable by default. */
import { inParallel } from "../in-parallel.ts";
import { httpProtocol } from "../load/http-protocol.ts";
import { sampleTrack } from "../load/sample-track.ts";
import { EtcdCluster } from "./etcd-cluster.ts";
import { base64 } from "./etcd-put.ts";
import { missingProgram } from "./on-path.ts";
import { startStack } from "./stack.ts";
import type { Target } from "./target.ts";

const TRACKS = 1_000;
const ROOM = "bench";
/** Writes at a time, before the reads. */
const WRITERS = 16;
const WRITE_DEADLINE_MS = 30_000;

export function ourReads(nodes: number): Target {
  return {
    kind: "ours",
    name: "Tutti",
    runtime: "node",
    nodes,
    missing: () => undefined,
    async start(parent) {
      const { port, end } = await startStack(parent, ["--nodes", String(nodes)]);
      await inParallel(TRACKS, WRITERS, async (number) => {
        await post(`http://127.0.0.1:${port}/rooms/${ROOM}/add_track`, sampleTrack(number).json);
      });
      const protocol = httpProtocol(port, {}, (sequence) => ({
        path: `/rooms/${ROOM}/metadata/${sampleTrack(sequence % TRACKS).id}`,
      }));
      return { load: async () => ({ port, protocol }), end };
    },
  };
}

export function etcdReads(nodes: number): Target {
  return {
    kind: "etcd",
    name: "etcd",
    nodes,
    missing: () => missingProgram("etcd", "etcd-server"),
    async start(parent) {
      const cluster = await EtcdCluster.start(parent, nodes);
      const leader = async () => {
        const port = await cluster.leader();
        if (port === undefined) throw new Error("etcd has no leader");
        return port;
      };
      const port = await leader();
      await inParallel(TRACKS, WRITERS, async (number) => {
        const { id, json } = sampleTrack(number);
        await post(`http://127.0.0.1:${port}/v3/kv/put`, JSON.stringify({ key: base64(id), value: base64(json) }));
      });
      return {
        async load() {
          const port = await leader();
          const protocol = httpProtocol(port, {}, (sequence) => ({
            path: "/v3/kv/range",
            body: `{"key":"${base64(sampleTrack(sequence % TRACKS).id)}"}`,
          }));
          return { port, protocol };
        },
        end: () => cluster.end(),
      };
    },
  };
}

async function post(url: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json", prefer: "return=minimal" };
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(WRITE_DEADLINE_MS) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
}
