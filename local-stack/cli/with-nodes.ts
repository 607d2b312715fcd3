/** The nodes of a running stack, as commands talk to them. */
import { DataFolder } from "../supervisor/data-folder.ts";
import type { NodeControl } from "../supervisor/node-control.ts";

export type Nodes = ReadonlyMap<number, NodeControl>;

/** Milliseconds for an answer: a command asks once, and connects first. */
const PATIENCE_MS = 2_000;

/** @throws {Refusal} when no stack runs there. */
export async function withNodes<T>(data: string, use: (nodes: Nodes) => Promise<T>): Promise<T> {
  const { runningStack } = await import("../supervisor/stack-file.ts");
  const { NodeControl } = await import("../supervisor/node-control.ts");
  const { ports } = await runningStack(new DataFolder(data));
  const nodes = new Map(ports.nodes.map(({ id, port }) => [id, new NodeControl(`127.0.0.1:${port}`, PATIENCE_MS)]));
  try {
    return await use(nodes);
  } finally {
    for (const control of nodes.values()) control.close();
  }
}
