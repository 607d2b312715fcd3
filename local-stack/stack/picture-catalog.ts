/** What the catalog of pictures has to say about a node that goes for good. */
import { bindCore } from "../../consensus-nodes/client/core.ts";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";

const TIMEOUT_MS = 5000;

const core = (channel: CoreChannel) => bindCore(channel, { deadline: Date.now() + TIMEOUT_MS });

/** Names of the pictures that no other node holds. @throws {CoreError} */
export async function heldAloneBy(channel: CoreChannel, node: number): Promise<string[]> {
  const pictures = await core(channel).pictures.list({});
  return pictures.filter(({ nodes }) => nodes.length === 1 && nodes[0] === node).map(({ filename }) => filename);
}

/** The node holds none any more. @throws {CoreError} */
export async function forgetNode(channel: CoreChannel, node: number): Promise<void> {
  const pictures = await core(channel).pictures.list({});
  for (const { filename, nodes } of pictures) {
    if (nodes.includes(node)) await core(channel).pictures.removeFrom({ filename, node, gone: true });
  }
}
