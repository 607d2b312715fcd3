/** What became of a transaction, as functions ask for it, in both runtimes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Front, http, startFront } from "./front.ts";
import { type FunctionFolder, makeFunctionFolder, source } from "./function-folder.ts";

const IDS = ["t1", "t2", "t3"];
const votes = { "node:3": "yes" };
const steps = {
  asks: () => "",
  begins: (id: string) => `await core.transactions.begin({
    id: "${id}", participants: ["group:queue", "node:3"], fingerprint: "f", coordinator: "0", timeout: 60_000,
  });`,
  commits: (id: string) => decide(id, true, ""),
  aborts: (id: string) => decide(id, false, "too late"),
};

const decide = (id: string, commit: boolean, reason: string) =>
  `await core.transactions.decide(${JSON.stringify({ id, commit, votes, reason })});`;

describe.each(["node", "workerd"] as const)("core.outcome in the runtime %s", (kind) => {
  let folder: FunctionFolder;
  let front: Front;
  beforeAll(async () => {
    folder = await makeFunctionFolder();
    for (const id of IDS) {
      for (const [name, step] of Object.entries(steps)) {
        const handler = `${step(id)} return reply(200, { says: JSON.stringify(await core.outcome("${id}")) });`;
        await folder.write(`test/${name}_${id}.ts`, source(`${name}_${id}`, handler));
      }
    }
    front = await startFront(kind, { folder: folder.path });
  });
  afterAll(async () => {
    await front.close();
    await folder.close();
  });
  /** How `id` stands after that step. */
  async function stands(step: keyof typeof steps, id: string): Promise<unknown> {
    const { body } = await http(front, `/${step}_${id}`);
    return JSON.parse(Object(body).says);
  }

  test("a transaction is absent, open, and then committed for good", async () => {
    const committed = { kind: "committed", id: "t1", votes };
    expect(await stands("asks", "t1")).toEqual({ kind: "absent", id: "t1" });
    expect(await stands("begins", "t1")).toEqual({ kind: "open", id: "t1" });
    expect(await stands("commits", "t1")).toEqual(committed);
    expect(await stands("aborts", "t1")).toEqual(committed);
  });

  test("one that is aborted says why, also when it was before anybody began it", async () => {
    const aborted = { kind: "aborted", votes, reason: "too late" };
    await stands("begins", "t2");
    expect(await stands("aborts", "t2")).toEqual({ ...aborted, id: "t2" });
    expect(await stands("commits", "t2")).toEqual({ ...aborted, id: "t2" });
    expect(await stands("aborts", "t3")).toEqual({ ...aborted, id: "t3" });
    expect(await stands("begins", "t3")).toEqual({ ...aborted, id: "t3" });
  });
});
