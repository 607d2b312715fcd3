/** Options and arguments that several commands share. */
import { fileURLToPath } from "node:url";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** In the repository, wherever in it the command is given. */
const DATA = fileURLToPath(new URL("../../.tutti", import.meta.url));

export const dataOption = () =>
  new Option("--data <dir>", "the stack's data folder").default(DATA, ".tutti in the repository");

export const jsonOption = () => new Option("--json", "print JSON");

/** Of commands that speak gRPC as any client would: an ingress by its address, or that of the stack in a data folder. */
export const serverOption = () =>
  new Option("--server <address>", 'host:port of a gRPC ingress (default: "127.0.0.1:50051")').conflicts("data");
export const stackOption = () => new Option("--data <dir>", "ask the stack that runs in this data folder");

export function port(text: string): number {
  return whole(text, 1, 65_535);
}

export function whole(text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
}

export function nodeId(text: string): number {
  return whole(text, 0, 4094);
}

/** Of users, seats and reservations: int32. */
export function positiveId(text: string): number {
  return whole(text, 1, 2 ** 31 - 1);
}
