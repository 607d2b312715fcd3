/** Links of this node that are cut on purpose (`tutti partition`): messages to and from these peers vanish, as in a network. */
import type { NodeId } from "../raft/message.ts";

export class LinkCuts {
  to: ReadonlySet<NodeId> = new Set();
  from: ReadonlySet<NodeId> = new Set();
}
