/** A log that nothing was written to yet, of a group that was founded with these voters. */
import type { StoredLog } from "../../../../consensus-nodes/raft/member-log.ts";
import type { Configuration } from "../../../../consensus-nodes/raft/membership.ts";
import type { NodeId } from "../../../../consensus-nodes/raft/message.ts";

/** What a node is told of that joins later. */
export const NOBODY: Configuration = { members: [] };

export function foundedBy(voters: readonly NodeId[]): Configuration {
  return { members: voters.map((id) => ({ id, voter: true, address: `node ${id}` })) };
}

export function emptyLog(voters: readonly NodeId[]): StoredLog {
  const configuration = foundedBy(voters);
  const base = { index: 0, term: 0 };
  return { base, commit: 0, configuration, configurationIndex: 0, configurations: [], terms: [], sizes: [] };
}
