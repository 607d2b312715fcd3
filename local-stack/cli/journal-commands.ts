/** What `tutti journal` does. */
import { credentials } from "@grpc/grpc-js";
import * as z from "zod";
import { CoreClient } from "../../consensus-nodes/client/core-client.ts";
import { RaftServiceClient } from "../../proto/generated/raft.ts";
import { DataFolder } from "../supervisor/data-folder.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { runningStack, type StackFile } from "../supervisor/stack-file.ts";
import { authority } from "./authority.ts";
import { callGrpc, channelOptions } from "./grpc-call.ts";
import { print, printJson, table } from "./output.ts";

/** Milliseconds. */
const PATIENCE_MS = 3_000;

interface Target {
  readonly data: string;
  readonly node?: number | undefined;
  readonly json?: true | undefined;
}

const Journal = z.object({
  records: z.array(z.object({ index: z.int(), time: z.number(), text: z.string(), source: z.string() })),
});

export async function read({ data, node, limit, json }: Target & { readonly limit: number }): Promise<void> {
  const { ports } = await runningStack(new DataFolder(data));
  const nodes = ports.nodes.map(({ id, port }) => ({ id, address: `127.0.0.1:${port}` }));
  const asked = node === undefined ? nodes : nodes.filter(({ id }) => id === node);
  if (asked.length === 0) throw noSuchNode(ports, node);
  const client = new CoreClient({ nodes: asked });
  const reply = await client
    .call({ group: "journal", name: "read", input: { limit }, stale: node !== undefined, timeout: PATIENCE_MS })
    .finally(() => client.close());
  if (!reply.ok) throw new Refusal(node === undefined ? reply.failure.message : `node ${node} does not answer`);
  const { records } = Journal.parse(reply.value);
  if (json) {
    printJson(records);
  } else {
    const rows = records.map(({ index, time, source, text }) => [index, new Date(time).toISOString(), source, text]);
    print(rows.length === 0 ? "the journal is empty" : table(["index", "time", "source", "text"], rows));
  }
}

export async function add(text: string, { data, node, json }: Target): Promise<void> {
  const { host, ports } = await runningStack(new DataFolder(data));
  const direct = ports.nodes.find(({ id }) => id === node);
  if (node !== undefined && direct === undefined) throw noSuchNode(ports, node);
  const address = direct === undefined ? authority(host, ports.ingress[0]) : `127.0.0.1:${direct.port}`;
  const client = new RaftServiceClient(address, credentials.createInsecure(), channelOptions);
  const reply = await callGrpc(client, client.submitOperation, { operation: text, sourceId: "tutti" });
  if (!reply.success) throw new Refusal(reply.result);
  if (json) printJson({ success: reply.success, result: reply.result, leader_id: reply.leaderId });
  else print(`${reply.result} (leader: node ${reply.leaderId})`);
}

function noSuchNode(ports: StackFile["ports"], node: number | undefined): Refusal {
  return new Refusal(`there is no node ${node}, only ${ports.nodes.map(({ id }) => id).join(", ")}`, 2);
}
