import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freeDoors } from "../../local-stack/stack/port-check.ts";
import { votesOf } from "../../local-stack/stack/votes.ts";
import { freePorts } from "../free-ports.ts";

test("a door whose port is taken is done without, and said in one line", async () => {
  const port = await freePorts(3);
  const holder = createServer().listen(port, "127.0.0.1");
  await once(holder, "listening");
  const said: string[] = [];
  try {
    const doors = [{ vote: port, decision: port + 1, control: port + 2 }];
    const free = await freeDoors(doors, false, (line) => said.push(line));
    expect(free).toEqual([{ decision: port + 1, control: port + 2 }]);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(new RegExp(`^port ${port} \\(vote of node 0\\) is in use.*: going on without it, [^\n]*$`));
  } finally {
    holder.close();
  }
});

test("DEFAULT_VOTE holds for all nodes, P4_DEFAULT_VOTE for node 4, ABORT_TRANSACTIONS for those transactions", () => {
  const commit = { abortAll: false, abort: [] };
  const abort = { abortAll: true, abort: [] };
  expect(votesOf({}, [0, 4])).toEqual(new Map([0, 4].map((id) => [id, commit])));
  expect([...votesOf({ DEFAULT_VOTE: "abort" }, [0, 4]).values()]).toEqual([abort, abort]);
  expect([...votesOf({ P4_DEFAULT_VOTE: "abort" }, [0, 4]).values()]).toEqual([commit, abort]);
  expect([...votesOf({ DEFAULT_VOTE: "abort", P4_DEFAULT_VOTE: "commit" }, [0, 4]).values()]).toEqual([abort, commit]);
  expect(votesOf({ ABORT_TRANSACTIONS: "txn-1, txn-2," }, [0]).get(0)?.abort).toEqual(["txn-1", "txn-2"]);
  expect(() => votesOf({ P1_DEFAULT_VOTE: "maybe" }, [1])).toThrow("P1_DEFAULT_VOTE is commit or abort, not maybe");
});
