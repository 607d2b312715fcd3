/** Transactions whose nodes die at each step, on a real cluster. */
import { afterAll, beforeAll } from "vitest";
import { alone, dyingNodesSuite } from "./dying-nodes-suite.ts";
import { dyingTogetherSuite, together } from "./dying-together-suite.ts";
import { ScriptedDeaths } from "./scripted-deaths.ts";

let deaths: ScriptedDeaths;
beforeAll(async () => {
  deaths = await ScriptedDeaths.start([...alone, ...together]);
});
afterAll(() => deaths.cluster.stop());

dyingNodesSuite(() => deaths);
dyingTogetherSuite(() => deaths);
