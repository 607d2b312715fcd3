/** Who is of the group, and how an entry of kind `configuration` says so. */
import { invariant } from "./invariant.ts";
import type { NodeId } from "./message.ts";

export interface Member {
  /**
   * Names a disk rather than a machine: a node that lost its own joins under an id that was never used. Under the old one it would
   * read, in the log that it catches up with, of configurations in which it is a voter, and have forgotten why it was trusted.
   */
  readonly id: NodeId;
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

export function votersOf({ members }: Configuration): readonly NodeId[] {
  return members.filter(({ voter }) => voter).map(({ id }) => id);
}

/** @returns the data of an entry of kind `configuration`. */
export function encodeConfiguration({ members }: Configuration): Uint8Array {
  const plain = members.map(({ id, voter, address }) => ({ id, voter, address }));
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
    typeof value.address === "string"
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
