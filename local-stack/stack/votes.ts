/** How nodes are told to vote, by the environment: DEFAULT_VOTE, P4_DEFAULT_VOTE for node 4 alone, ABORT_TRANSACTIONS=txn-1,txn-2. */
import type { NodeConfiguration } from "../../consensus-nodes/configuration.ts";
import { Refusal } from "../supervisor/refusal.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {Refusal} when a variable is neither commit nor abort. */
export function votesOf(
  environment: Environment,
  nodes: readonly number[],
): ReadonlyMap<number, NodeConfiguration["vote"]> {
  const abort = (environment.ABORT_TRANSACTIONS ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  const abortAll = votesAbort(environment, "DEFAULT_VOTE") ?? false;
  return new Map(
    nodes.map((id) => [id, { abortAll: votesAbort(environment, `P${id}_DEFAULT_VOTE`) ?? abortAll, abort }]),
  );
}

/** Undefined when the variable is not set. */
function votesAbort(environment: Environment, name: string): boolean | undefined {
  const value = environment[name];
  if (value === undefined || value === "") return undefined;
  if (value !== "commit" && value !== "abort") throw new Refusal(`${name} is commit or abort, not ${value}`, 2);
  return value === "abort";
}
