/**
 * Transactions beside a plain command, on one stack of five nodes, as a handler calls them: by the core client, without the
 * gateway. Latency alone (one at a time) and at 16 at a time; loads take turns, so that what disturbs one disturbs all.
 *
 *     node tests/bench/transactions.ts [seconds per load]
 */
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";
import { bindCore, type Core, type TransactionOperation } from "../../consensus-nodes/client/core.ts";
import { CoreClient } from "../../consensus-nodes/client/core-client.ts";
import { freePorts } from "../free-ports.ts";
import { Child, makeFolder, removeFolder } from "./child-processes.ts";
import { median } from "./median.ts";

const NODES = 5;
const PORTS = 50;
const FIRST_NODE = 10;
const ROUNDS = 3;
const AT_A_TIME = [1, 16];
const WARM_UP_MS = 1000;

const tutti = fileURLToPath(new URL("../../local-stack/cli/tutti.ts", import.meta.url));
const seconds = Number(process.argv[2] ?? 2);

interface Load {
  readonly name: string;
  /** @param worker has a picture of its own, so that none waits for another's lock. */
  run(core: Core, worker: number): Promise<void>;
}

const picture = (worker: number) => ({ filename: `bench-${worker}.jpg` });
const like = (worker: number): TransactionOperation => ({ group: "pictures", command: "like", input: picture(worker) });
const nodes = (...ids: readonly number[]) => ids.map((node) => ({ node, operation: "bench" }));

const loads: readonly Load[] = [
  {
    name: "plain command",
    run: async (core, worker) => {
      await core.pictures.like(picture(worker));
    },
  },
  transaction("2 participants: a group, a node", (worker) => [like(worker), ...nodes(1)]),
  transaction("2 participants: nodes", () => nodes(1, 2)),
  transaction("5 participants: nodes", () => nodes(0, 1, 2, 3, 4)),
];

function transaction(name: string, operations: (worker: number) => readonly TransactionOperation[]): Load {
  return {
    name,
    run: async (core, worker) => {
      const reply = await core.transact(operations(worker));
      if (reply.kind !== "committed") throw new Error(`a transaction was ${reply.kind}`);
    },
  };
}

interface Figures {
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

async function measure(core: Core, load: Load, atATime: number, milliseconds: number): Promise<Figures> {
  const latencies: number[] = [];
  const start = performance.now();
  const work = async (worker: number) => {
    while (performance.now() - start < milliseconds) {
      const begun = performance.now();
      await load.run(core, worker);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atATime }, (_, worker) => work(worker)));
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { rate: (latencies.length / (performance.now() - start)) * 1000, p50: at(0.5), p99: at(0.99) };
}

const folder = await makeFolder(tmpdir());
const port = await freePorts(PORTS);
const place = ["--base-port", String(port), "--data", folder, "--nodes", String(NODES), "--no-demo"];
const child = new Child(process.execPath, [tutti, "up", ...place], folder);
const addresses = Array.from({ length: NODES }, (_, id) => ({ id, address: `127.0.0.1:${port + FIRST_NODE + id}` }));
try {
  await child.ready(async () => {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return ready?.status === 200;
  });
  const client = new CoreClient({ nodes: addresses });
  const core = bindCore(client, {});
  for (let worker = 0; worker < Math.max(...AT_A_TIME); worker++) {
    const sha256 = createHash("sha256").update(String(worker)).digest("hex");
    await core.pictures.put({ ...picture(worker), type: "image/jpeg", size: 1, sha256, nodes: [1] });
  }
  const figures = new Map<string, Figures[]>();
  for (const load of loads) await measure(core, load, Math.max(...AT_A_TIME), WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const atATime of AT_A_TIME) {
      for (const load of loads) {
        const key = `${atATime} ${load.name}`;
        figures.set(key, [...(figures.get(key) ?? []), await measure(core, load, atATime, seconds * 1000)]);
      }
    }
  }
  const table = new Table({
    style: { head: [], border: [] },
    head: ["at a time", "what", "per s", "p50 ms", "p99 ms", "p50 × plain", "1/s × plain"],
  });
  for (const atATime of AT_A_TIME) {
    const of = (load: Load, figure: keyof Figures) =>
      median((figures.get(`${atATime} ${load.name}`) ?? []).map((each) => each[figure]));
    const [plain] = loads;
    for (const load of plain === undefined ? [] : loads) {
      table.push([
        atATime,
        load.name,
        Math.round(of(load, "rate")),
        of(load, "p50").toFixed(2),
        of(load, "p99").toFixed(2),
        (of(load, "p50") / of(plain ?? load, "p50")).toFixed(2),
        (of(load, "rate") / of(plain ?? load, "rate")).toFixed(2),
      ]);
    }
  }
  console.log(table.toString());
  client.close();
} finally {
  await child.end();
  await removeFolder(folder);
}
