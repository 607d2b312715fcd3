/** Who is of the group, and how an entry of kind `configuration` says so. */
import { invariant } from "./invariant.ts";
import type { NodeId } from "./message.ts";

export const FOUNDERS_DISK = "";

export interface Member {
  readonly id: NodeId;
  /**
   * Names the disk with which the node came; absent for a founder's first. A node that lost its disk and came back with another
   * reads, in the log that it catches up with, of configurations in which its id has a vote. That vote is not its own: it has
   * forgotten why it was trusted.
   */
  readonly disk?: string | undefined;
  /** A learner, who is none, is sent all entries, but counts in no majority and never leads. */
  readonly voter: boolean;
  /** Where it is found. Opaque here. */
  readonly address: string;
}

/** No id twice. Without members: a node that was told of no group yet, and has promised nothing to any. */
export interface Configuration {
  readonly members: readonly Member[];
}

/** The configuration that holds from an entry on, before that is committed (dissertation, section 4.1). */
export interface PlacedConfiguration {
  /** Of the entry; 0 for the configuration that the group was founded with. */
  readonly index: number;
  readonly configuration: Configuration;
}

/** The member that this very disk is; undefined when the id is not among them, or stands for another disk. */
export function memberOf({ members }: Configuration, id: NodeId, disk: string): Member | undefined {
  return members.find((member) => member.id === id && (member.disk ?? FOUNDERS_DISK) === disk);
}

export function votersOf({ members }: Configuration): readonly NodeId[] {
  return members.filter(({ voter }) => voter).map(({ id }) => id);
}

/** @returns the data of an entry of kind `configuration`. */
export function encodeConfiguration({ members }: Configuration): Uint8Array {
  const plain = members.map(({ id, voter, address, disk }) => ({ id, voter, address, disk }));
  return new TextEncoder().encode(JSON.stringify({ members: plain }));
}

/** @throws on data that encodeConfiguration does not give: entries are checked before they enter a log. */
export function decodeConfiguration(data: Uint8Array): Configuration {
  const decoded: unknown = JSON.parse(new TextDecoder().decode(data));
  invariant(isConfiguration(decoded), () => `not a configuration: ${JSON.stringify(decoded)}`);
  return decoded;
}

function isConfiguration(value: unknown): value is Configuration {
  return isObject(value) && "members" in value && Array.isArray(value.members) && value.members.every(isMember);
}

function isMember(value: unknown): value is Member {
  return (
    isObject(value) &&
    "id" in value &&
    Number.isSafeInteger(value.id) &&
    "voter" in value &&
    typeof value.voter === "boolean" &&
    "address" in value &&
    typeof value.address === "string" &&
    (!("disk" in value) || typeof value.disk === "string")
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
