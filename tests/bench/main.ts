/** `npm run bench`: starts what it measures, side by side in one run, and prints ratios. */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { measureAdds } from "./adds.ts";
import { addsTable, ratios } from "./adds-table.ts";
import { diskSpeed } from "./disk-speed.ts";
import { type Failover, measureFailover } from "./failover/failover.ts";
import { failoverTable } from "./failover/failover-table.ts";
import { type Join, measureJoin } from "./join/join.ts";
import { joinTable } from "./join/join-table.ts";
import { type Options, parseOptions } from "./options.ts";
import { echo } from "./targets/echo.ts";
import { etcd } from "./targets/etcd.ts";
import { ours } from "./targets/ours.ts";
import { redis } from "./targets/redis.ts";
import type { Target } from "./targets/target.ts";
import { measureTransactions, type TransactionsResult } from "./transactions.ts";
import { transactionsTable } from "./transactions-table.ts";

const options = parseOptions(process.argv);
const chosen = chosenTargets(options);
const targets = chosen.filter((target) => target.missing() === undefined);
for (const line of new Set(chosen.map((target) => target.missing()))) {
  if (line !== undefined) console.log(`Skipped: ${line}.`);
}

const disk = await diskSpeed(options.data);
const machine = {
  node: process.version,
  cores: availableParallelism(),
  processor: cpus()[0]?.model ?? "unknown",
  /** Of the last minute, before the start. Near 0 on a machine that does nothing else. */
  load: loadavg()[0],
  disk,
};
const { rounds, seconds } = options;
console.log(
  `Node ${process.version}, ${machine.cores} × ${machine.processor}, shared with the load client; load average ${machine.load?.toFixed(2)}.`,
);
console.log(`4 KiB and fdatasync in ${options.data}: ${disk.sync.toFixed(3)} ms.`);
if (disk.inMemory) console.log("That folder is in memory, where syncing costs nothing: choose another by --data.");
console.log(`${seconds} s per load, closed loop; medians over ${rounds} round${rounds === 1 ? "" : "s"}.\n`);

const progress = (line: string) => console.error(line);
const { results, failures: notMeasured } = await measureAdds({ ...options, targets }, progress);
const failures = [...notMeasured];
let transactions: readonly TransactionsResult[] = [];
if (options.only.includes("transactions")) {
  try {
    transactions = await measureTransactions(options, progress);
  } catch (error) {
    failures.push(`transactions: ${error instanceof Error ? error.message : String(error)}`);
  }
}
let failover: Failover | undefined;
if (options.only.includes("failover")) {
  failover = await measureFailover(options, progress);
  failures.push(...failover.failures);
}
let join: Join | undefined;
if (options.only.includes("join")) {
  try {
    join = await measureJoin(options, progress);
  } catch (error) {
    failures.push(`join: ${error instanceof Error ? error.message : String(error)}`);
  }
}

if (results.length > 0) console.log(`\nAdds\n\n${addsTable(results)}`);
if (transactions.length > 0) {
  console.log(
    `\nTransactions by the core client, without the gateway; five nodes\n\n${transactionsTable(transactions)}`,
  );
}
if (failover !== undefined) {
  console.log(`\nA leader is lost while 8 clients write by the gateway; three nodes\n\n${failoverTable(failover)}`);
}
if (join !== undefined) {
  console.log(`\nA node joins while 16 clients write by the gateway; three nodes, then four\n\n${joinTable(join)}`);
}
for (const failure of failures) console.log(`\nNot measured: ${failure}`);
if (options.json !== undefined) {
  const adds = results.map((result) => ({ ...result, ratios: ratios(result, results) }));
  const time = new Date().toISOString();
  writeFileSync(
    options.json,
    `${JSON.stringify({ time, machine, rounds, seconds, adds, transactions, failover, join, failures }, null, 2)}\n`,
  );
}
process.exitCode = failures.length > 0 ? 1 : 0;

function chosenTargets({ nodes, runtime, only }: Options): Target[] {
  const all = [...nodes.flatMap((count) => [...runtime.map((name) => ours(count, name)), etcd(count)]), echo, redis];
  return all.filter(({ kind }) => only.includes(kind));
}
