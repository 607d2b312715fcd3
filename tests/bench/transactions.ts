/**
 * Transactions beside a plain command, on one stack of five nodes, as a handler calls them: by the core client, without the
 * gateway. Latency alone (one at a time) and at 16 at a time; loads take turns, so that what disturbs one disturbs all.
 *
 *     round 1:  plain  2 groups  group, node  2 nodes  5 nodes        each at 1, and then at 16 at a time
 *     round 2:  2 groups  group, node  2 nodes  5 nodes  plain
 */
import { readFile } from "node:fs/promises";
import { bindCore, type Core, type TransactionOperation } from "../../consensus-nodes/client/core.ts";
import { CoreClient } from "../../consensus-nodes/client/core-client.ts";
import { type Call, callFor, divideFigures, type Figures, medianFigures } from "./core-load.ts";
import { rotate } from "./rotate.ts";
import { startStack } from "./targets/stack.ts";

const NODES = 5;
const AT_A_TIME = [1, 16];
const WARM_UP_MS = 1000;
const UPLOAD_DEADLINE_MS = 30_000;
/** A real one: of a picture whose bytes no node has, the catalog says after a while that it is lost. */
const PICTURE = new URL("../../docs/sunset.jpg", import.meta.url);

export interface TransactionsPlan {
  readonly rounds: number;
  /** Per load. */
  readonly seconds: number;
  /** The folder in which the stack puts its data. */
  readonly data: string;
}

/** One line of the table. */
export interface TransactionsResult extends Figures {
  readonly name: string;
  readonly atATime: number;
  /** To the plain command, at as many at a time. */
  readonly ratios: Figures;
  readonly rounds: readonly Figures[];
}

interface Load {
  readonly name: string;
  /** Each worker has a picture and a room of its own. */
  readonly run: Call;
}

const filename = (worker: number) => `bench-${worker}.jpg`;
const room = (worker: number) => `bench-${worker}`;
const like = (worker: number): TransactionOperation => ({
  group: "pictures",
  command: "like",
  input: { filename: filename(worker) },
});
const vote = (worker: number): TransactionOperation => ({
  group: "queue",
  command: "vote",
  input: { room: room(worker), id: 1, up: true },
});
const nodes = (...ids: readonly number[]) => ids.map((node) => ({ node, operation: "bench" }));

const plain: Load = {
  name: "plain command",
  run: async (core, worker) => {
    const { outcome } = await core.pictures.like({ filename: filename(worker) });
    if (outcome !== "liked") throw new Error(`a picture was not liked: ${outcome}`);
  },
};
const loads: readonly Load[] = [
  plain,
  transaction("2 groups", (worker) => [like(worker), vote(worker)]),
  transaction("a group and a node", (worker) => [like(worker), ...nodes(1)]),
  transaction("2 nodes", () => nodes(1, 2)),
  transaction("5 nodes", () => nodes(0, 1, 2, 3, 4)),
];

function transaction(name: string, operations: (worker: number) => readonly TransactionOperation[]): Load {
  return {
    name,
    run: async (core, worker) => {
      const reply = await core.transact(operations(worker));
      if (reply.kind !== "committed") throw new Error(`a transaction over ${name}: ${JSON.stringify(reply)}`);
    },
  };
}

export async function measureTransactions(
  { rounds, seconds, data }: TransactionsPlan,
  progress: (line: string) => void,
): Promise<readonly TransactionsResult[]> {
  const stack = await startStack(data, ["--nodes", String(NODES)]);
  const addresses = Array.from({ length: NODES }, (_, id) => ({ id, address: stack.addressOf(id) }));
  const client = new CoreClient({ nodes: addresses });
  try {
    const core = bindCore(client, {});
    await prepare(core, stack.port);
    const figures = new Map<string, Figures[]>();
    for (const load of loads) await callFor(core, load.run, Math.max(...AT_A_TIME), WARM_UP_MS);
    for (let round = 0; round < rounds; round++) {
      for (const atATime of AT_A_TIME) {
        for (const load of rotate(loads, round)) {
          const measured = await callFor(core, load.run, atATime, seconds * 1000);
          const key = `${atATime} ${load.name}`;
          figures.set(key, [...(figures.get(key) ?? []), measured]);
          progress(`round ${round + 1}/${rounds}  ${load.name}, ${atATime} at a time: ${Math.round(measured.rate)}/s`);
        }
      }
    }
    return AT_A_TIME.flatMap((atATime) => {
      const of = ({ name }: Load) => medianFigures(figures.get(`${atATime} ${name}`) ?? []);
      return loads.map((load) => {
        const rounds = figures.get(`${atATime} ${load.name}`) ?? [];
        return { name: load.name, atATime, ...of(load), ratios: divideFigures(of(load), of(plain)), rounds };
      });
    });
  } finally {
    client.close();
    await stack.end();
  }
}

/** Something to like and to vote for, for each worker. @throws {Error} when a picture is not taken */
async function prepare(core: Core, port: number): Promise<void> {
  const picture = new Blob([await readFile(PICTURE)], { type: "image/jpeg" });
  for (let worker = 0; worker < Math.max(...AT_A_TIME); worker++) {
    const body = new FormData();
    body.set("file", picture, filename(worker));
    const signal = AbortSignal.timeout(UPLOAD_DEADLINE_MS);
    const response = await fetch(`http://127.0.0.1:${port}/upload`, { method: "POST", body, signal });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a picture was not taken: status ${response.status}`);
    await core.queue.addTrack({ room: room(worker), track: { id: 1, title: "T", artist: "A", duration: 1 } });
  }
}
