import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../consensus/cluster/test-cluster.ts";
import { commandLine } from "../stack/command-line.ts";
import { drivePython, pythonGrpcIsHere } from "./python-stubs.ts";
import { type RunningStack, run } from "./running-stack.ts";

/** What a stack is told for it, in its environment: how to vote. */
export const votes = { P4_DEFAULT_VOTE: "abort", ABORT_TRANSACTIONS: "txn-no, txn-never" };

export function twoPhaseCommitSuite(running: () => RunningStack): void {
  let stack: RunningStack;
  beforeAll(() => {
    stack = running();
  });
  /** Of a node, at its port in the block. */
  const door = (place: number) => `127.0.0.1:${Number(stack.http.split(":").at(-1)) + place}`;

  /** The lines of two-phase commit in a node's log, in order. */
  async function phaseLines(node: number): Promise<string[]> {
    const text = await readFile(join(stack.data, "logs", `node-${node}.log`), "utf8");
    return text.split("\n").filter((line) => line.startsWith("Phase "));
  }

  async function newLines(node: number, before: readonly string[], last: string): Promise<string[]> {
    return eventually(`node ${node} logs ${last}`, 3000, async () => {
      const lines = (await phaseLines(node)).slice(before.length);
      return lines.includes(last) && lines;
    });
  }

  const begin = (...args: readonly string[]) => run(process.execPath, commandLine(["2pc", "begin", ...args]));

  describe("npx tutti 2pc", () => {
    test("begin prints the outcome as the contract has it, and both sides leave their lines", async () => {
      const before = await Promise.all([0, 1].map(phaseLines));
      const { code, stdout, stderr } = await begin(door(40), "--participants", "1", "2", "--transaction-id", "txn-1");
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: "Transaction txn-1 committed in coordinator term 0\n",
        stderr: "",
      });
      const told = "Phase decision of Node 0 sends RPC GlobalDecision to Phase decision of Node 2.";
      expect(await newLines(0, before[0] ?? [], told)).toEqual([
        "Phase vote of Node 0 sends RPC RequestVote to Phase vote of Node 1.",
        "Phase vote of Node 0 sends RPC RequestVote to Phase vote of Node 2.",
        "Phase decision of Node 0 sends RPC GlobalDecision to Phase decision of Node 1.",
        told,
      ]);
      const heard = "Phase decision of Node 1 runs RPC GlobalDecision called by Phase decision of Node 0.";
      expect(await newLines(1, before[1] ?? [], heard)).toEqual([
        "Phase vote of Node 1 runs RPC RequestVote called by Phase vote of Node 0.",
        "Phase vote of Node 1 sends RPC RecordPrepared to Phase decision of Node 1.",
        "Phase decision of Node 1 runs RPC RecordPrepared called by Phase vote of Node 1.",
        heard,
      ]);
    });

    test("aborts when a participant was told to vote so, for all transactions or for one", async () => {
      const all = await begin(door(40), "--participants", "0", "1", "2", "3", "4", "--transaction-id", "txn-2");
      expect(all.stdout).toBe("Transaction txn-2 aborted in coordinator term 0\n");
      const one = await begin(door(41), "--participants", "1", "--transaction-id", "txn-no");
      expect(one.stdout).toBe("Transaction txn-no aborted in coordinator term 1\n");
      const other = await begin(door(41), "--participants", "1", "--operation", "anything");
      expect(other.stdout).toMatch(/^Transaction [\w-]{36} committed in coordinator term 1\n$/);
    });

    test("list and show tell states, votes and reasons, GET /transactions the same", async () => {
      const shown = await stack.tutti("2pc", "show", "txn-2", "--json");
      expect(JSON.parse(shown.stdout)).toMatchObject({
        id: "txn-2",
        state: "aborted",
        coordinator: "0",
        reason: "node:4: told to vote abort",
        waiting_for: [],
        waiting_ms: null,
      });
      const list = await stack.tutti("2pc", "list");
      expect(list.stdout).toMatch(/^TRANSACTION +STATE +COORDINATOR/);
      expect(list.stdout).toMatch(/\ntxn-1 +committed +0 +\S+ +2 yes/);
      const response = await fetch(`${stack.http}/transactions/txn-1`);
      expect(await response.json()).toMatchObject({ state: "committed", votes: { "node:1": "yes", "node:2": "yes" } });
      expect((await fetch(`${stack.http}/transactions/nobody`)).status).toBe(404);
      expect((await fetch(`${stack.http}/transactions?limit=0`)).status).toBe(422);
      expect(await stack.tutti("2pc", "show", "nobody")).toMatchObject({ code: 1, stdout: "" });
    });

    test("asked wrongly says so in a line", async () => {
      for (const [participants, complaint] of [
        [["9"], 'participant_ids: there is no node "9"'],
        [["1", "1"], "participant_ids names node 1 twice"],
      ] as const) {
        const { code, stderr } = await begin(door(40), "--participants", ...participants);
        expect({ code, stderr }).toEqual({ code: 1, stderr: `tutti: ${complaint}\n` });
      }
      const reused = await begin(door(40), "--participants", "1", "--transaction-id", "txn-1");
      expect(reused.stderr).toBe("tutti: transaction txn-1 was begun with other operations\n");
    });
  });

  test.skipIf(!pythonGrpcIsHere())(
    "generated Python stubs drive votes, decisions and control on their own ports",
    async () => {
      const replies = await drivePython("twopc_client.py", ["twopc.proto"], door(21), door(31), door(40));
      const of = (call: string) => replies.get(call)?.at(-1);
      expect(of("vote")).toEqual({ reply: { node_id: "1", commit: true } });
      expect(of("vote again")).toEqual({ reply: { node_id: "1", commit: true } });
      expect(of("vote for another operation")).toMatchObject({ reply: { node_id: "1", reason: expect.any(String) } });
      expect(of("commit")).toEqual({ reply: { node_id: "1", message: "Transaction py-1 committed" } });
      expect(of("commit again")).toEqual({ reply: { node_id: "1", message: "Transaction py-1 committed" } });
      expect(of("abort after commit")).toMatchObject({ code: "FAILED_PRECONDITION" });
      expect(of("abort unheard of")).toEqual({ reply: { node_id: "1", message: "Transaction py-2 aborted" } });
      expect(of("late vote")).toEqual({ reply: { node_id: "1", reason: "transaction py-2 was aborted" } });
      expect(of("vote against")).toMatchObject({ reply: { node_id: "1", reason: expect.any(String) } });
      expect(of("vote without id")).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(of("vote with long id")).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(of("prepared")).toEqual({ reply: { node_id: "1", message: "Transaction py-1 prepared" } });
      expect(of("begin")).toEqual({ reply: { transaction_id: "py-4", commit: true, coordinator_id: "0" } });
      expect(of("begin again")).toEqual({ reply: { transaction_id: "py-4", commit: true, coordinator_id: "0" } });
      expect(of("begin otherwise")).toMatchObject({ code: "ALREADY_EXISTS" });
      expect(of("begin with a no")).toMatchObject({ reply: { transaction_id: "py-5", reason: expect.any(String) } });
      expect(of("begin nameless")).toMatchObject({ reply: { transaction_id: expect.any(String), commit: true } });
      for (const wrong of ["unknown", "no number", "twice", "empty"]) {
        expect(of(`begin ${wrong}`)).toMatchObject({
          code: "INVALID_ARGUMENT",
          details: expect.stringMatching(/^participant_ids/),
        });
      }
      // A name from outside does not become a line of the log.
      const log = await readFile(join(stack.data, "logs", "node-1.log"), "utf8");
      expect(log).not.toMatch(/^Node 9 became leader/m);
    },
  );
}
