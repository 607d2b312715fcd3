/**
 * An etcd cluster with its default settings, by its JSON gateway: a put of the track under its id. All connections go to
 * the leader, which is what suits etcd best.
 */
import { join } from "node:path";
import { freePorts } from "../../free-ports.ts";
import { Child, makeFolder, removeFolder } from "../child-processes.ts";
import { httpProtocol } from "../load/http-protocol.ts";
import { sampleTrack } from "../load/sample-track.ts";
import { missingProgram } from "./on-path.ts";
import type { Target } from "./target.ts";

const STATUS_DEADLINE_MS = 2_000;

export function etcd(nodes: number): Target {
  return {
    kind: "etcd",
    name: "etcd",
    nodes,
    missing: () => missingProgram("etcd", "etcd-server"),
    async start(parent) {
      const folder = await makeFolder(parent);
      const first = await freePorts(2 * nodes);
      const ports = Array.from({ length: nodes }, (_, node) => first + node);
      const peers = ports.map((port, node) => `n${node}=http://127.0.0.1:${port + nodes}`).join(",");
      const children = ports.map((port, node) => {
        const client = `http://127.0.0.1:${port}`;
        const peer = `http://127.0.0.1:${port + nodes}`;
        const own = ["--name", `n${node}`, "--data-dir", join(folder, `n${node}`)];
        const clientUrls = ["--listen-client-urls", client, "--advertise-client-urls", client];
        const peerUrls = ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer];
        return new Child("etcd", [...own, ...clientUrls, ...peerUrls, "--initial-cluster", peers], folder);
      });
      const end = async () => {
        await Promise.all(children.map((child) => child.end("SIGKILL")));
        await removeFolder(folder);
      };
      try {
        await Promise.all(children.map((child) => child.ready(async () => (await leaderOf(ports)) !== undefined)));
      } catch (error) {
        await end();
        throw error;
      }
      return {
        async load() {
          const port = await leaderOf(ports);
          if (port === undefined) throw new Error("etcd has no leader");
          return { port, protocol: httpProtocol(port, {}, put) };
        },
        end,
      };
    },
  };
}

function put(sequence: number): { path: string; body: string } {
  const { id, json } = sampleTrack(sequence);
  return { path: "/v3/kv/put", body: `{"key":"${base64(id)}","value":"${base64(json)}"}` };
}

function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}

/** Port of the leader, when all members agree on one. */
async function leaderOf(ports: readonly number[]): Promise<number | undefined> {
  const members = await Promise.all(ports.map(status));
  const [leader] = new Set(members.map((member) => member?.leader));
  if (leader === undefined || members.some((member) => member?.leader !== leader)) return undefined;
  return ports[members.findIndex((member) => member?.id === leader)];
}

async function status(port: number): Promise<{ id: string; leader: string } | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, {
      method: "POST",
      body: "{}",
      signal: AbortSignal.timeout(STATUS_DEADLINE_MS),
    });
    const answer: { header?: { member_id?: string }; leader?: string } = JSON.parse(await response.text());
    const { header, leader = "0" } = answer;
    return header?.member_id === undefined || leader === "0" ? undefined : { id: header.member_id, leader };
  } catch {
    return undefined;
  }
}
