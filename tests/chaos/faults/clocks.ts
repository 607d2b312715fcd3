/** A wall clock that jumps, and jumps back: skewed-clock.ts, which every node has loaded. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../chaos-stack.ts";
import { type Fault, victim } from "./fault.ts";

const SEEN_WITHIN_MS = 5000;
const JUMPS_MS = [-3_600_000, -30_000, -500, 500, 5000, 3_600_000];

export const skewedClock: Fault = {
  kind: "skewed clock",
  lasts: [500, 3000],
  weight: 2,
  needs: 1,
  missing: () => undefined,
  inject: async (context) => {
    const { stack, random } = context;
    const id = await victim(context);
    const skew = random.pick(JUMPS_MS);
    const file = join(stack.clocks, String(id));
    const shows = (wanted: number) =>
      until(`the clock of node ${id} is off by ${wanted} ms`, SEEN_WITHIN_MS, async () => {
        const [, seen] = readFileSync(`${file}.seen`, "utf8").split(" ");
        return Number(seen) === wanted;
      });
    writeFileSync(file, String(skew));
    await shows(skew);
    return {
      what: `node ${id}, ${skew} ms`,
      nodes: [id],
      heal: async () => {
        rmSync(file);
        await shows(0);
      },
    };
  },
};
