/** Who leads a group of our stack. */
import { until } from "../../stack/until.ts";
import type { RunningStack } from "./stack.ts";

const WELL_WITHIN_MS = 60_000;

export async function leaderOf(stack: RunningStack, group: string): Promise<number> {
  return until(`${group} has a leader`, WELL_WITHIN_MS, async () => {
    const found = (await stack.cluster())?.groups.find(({ name }) => name === group);
    return found?.leader ?? undefined;
  });
}
