/** `npm run simulate`: many seeds, one seed, or the planted bugs. */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { attempt } from "./campaign/attempt.ts";
import { runCampaign } from "./campaign/campaign.ts";
import { shrink } from "./campaign/shrink.ts";
import { describeSummary } from "./campaign/summary.ts";
import { describeFault, type Fault } from "./faults.ts";
import { plant, plantedBugs } from "./planted/plant.ts";
import { drawRun } from "./simulation.ts";

/** Within so many a planted bug must be found. */
const PLANTED_SEEDS = 200;

const { seeds, start, seed, faults, trace, planted } = new Command()
  .name("npm run simulate --")
  .description("the whole core in a simulated world; one seed decides everything")
  .option("--seeds <count>", "so many runs", whole, 1000)
  .option("--start <seed>", "the first one's seed", whole, 1)
  .option("--seed <seed>", "replay one", whole)
  .option("--faults <places>", "of the faults that the seed draws only these, such as 0,4; none for none", places)
  .option("--trace", "print all that happens in it")
  .option("--planted [bug]", "plant known bugs, one after the other, or one, and see that they are found")
  .parse()
  .opts();

if (typeof planted === "string") plant(planted);
const bugs = planted === true ? Object.keys(plantedBugs) : planted === undefined ? [] : [planted];
if (seed !== undefined) process.exitCode = (await replay(seed, bugs[0])) ? 0 : 1;
else if (bugs.length > 0) process.exitCode = (await findAll(bugs)) ? 0 : 1;
else process.exitCode = (await campaign()) ? 0 : 1;

async function campaign(): Promise<boolean> {
  const { summary, seconds, failures } = await runCampaign(start, seeds);
  console.log(describeSummary(summary, seconds));
  const [first] = failures;
  if (first === undefined) {
    console.log("no violation");
    return true;
  }
  console.log(`\nfailing seeds: ${failures.map((failure) => failure.seed).join(", ")}`);
  await explain(first.seed, first.reason);
  return false;
}

/** The fewest faults with which it fails, why, and how to see it. */
async function explain(failing: number, reason: string, bug?: string): Promise<void> {
  const shrunk = await shrink(failing, reason, bug);
  const drawn = drawRun(failing).faults;
  console.log(`seed ${failing} fails with ${shrunk.places.length} of its ${drawn.length} faults:`);
  for (const place of shrunk.places) console.log(`  ${place}: ${describe(drawn[place])}`);
  console.log(shrunk.reason);
  const kept = shrunk.places.length === 0 ? "none" : shrunk.places.join(",");
  const with_ = bug === undefined ? "" : ` --planted "${bug}"`;
  console.log(`replay with: npm run simulate -- --seed ${failing} --faults ${kept}${with_} --trace`);
}

async function replay(replayed: number, bug: string | undefined): Promise<boolean> {
  const { settings, faults: drawn } = drawRun(replayed);
  const kept = faults === undefined ? drawn : faults.flatMap((place) => drawn[place] ?? []);
  const { machines, ...others } = settings;
  console.log(`seed ${replayed}: ${JSON.stringify(others)}, groups ${machines.map(({ name }) => name).join(", ")}`);
  for (const fault of kept) console.log(`  ${drawn.indexOf(fault)}: ${describeFault(fault)}`);
  const attempted = await attempt({
    seed: replayed,
    faults: kept,
    ...(bug !== undefined && { planted: bug }),
    ...(trace && { print: (line: string) => console.log(line) }),
  });
  if (attempted.ok) console.log(JSON.stringify(attempted.report, undefined, 2));
  else if (faults === undefined) await explain(replayed, attempted.reason, bug);
  else console.log(attempted.reason);
  return attempted.ok;
}

async function findAll(names: readonly string[]): Promise<boolean> {
  let all = true;
  for (const bug of names) {
    let found: string | undefined;
    let tried = start;
    for (; found === undefined && tried < start + PLANTED_SEEDS; tried++) {
      const attempted = await attempt({ seed: tried, planted: bug });
      if (!attempted.ok) found = attempted.reason.split("\n")[0];
    }
    if (found === undefined) all = false;
    console.log(
      `${bug}: ${found === undefined ? "NOT FOUND" : `found by seed ${tried - 1}, run ${tried - start}: ${found}`}`,
    );
  }
  return all;
}

function describe(fault: Fault | undefined): string {
  return fault === undefined ? "?" : describeFault(fault);
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError("expected a whole number");
  return number;
}

function places(text: string): number[] {
  return text === "none" ? [] : text.split(",").map(whole);
}
