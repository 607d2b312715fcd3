/** What `tutti 2pc …` does. */
import { credentials } from "@grpc/grpc-js";
import * as z from "zod";
import { CoordinatorControlClient } from "../../proto/generated/twopc.ts";
import { DataFolder } from "../supervisor/data-folder.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { runningStack } from "../supervisor/stack-file.ts";
import { askGateway } from "./ask-gateway.ts";
import { callGrpc, channelOptions } from "./grpc-call.ts";
import { print, printable, printJson, table } from "./output.ts";

interface Target {
  readonly data: string;
  readonly json?: true | undefined;
}

const Transaction = z.object({
  id: z.string(),
  state: z.enum(["voting", "committed", "aborted"]),
  coordinator: z.string(),
  begun: z.number(),
  decided: z.number().nullable(),
  reason: z.string(),
  votes: z.record(z.string(), z.string()),
  acknowledged: z.array(z.string()),
  waiting_for: z.array(z.string()),
  waiting_ms: z.number().nullable(),
});
type Transaction = z.infer<typeof Transaction>;

export async function begin(
  server: string,
  options: {
    readonly participants: readonly string[];
    readonly operation: string;
    readonly transactionId: string;
    readonly json?: true | undefined;
  },
): Promise<void> {
  const { participants, operation, transactionId, json } = options;
  const client = new CoordinatorControlClient(server, credentials.createInsecure(), channelOptions);
  const request = { transactionId, operation, participantIds: [...participants] };
  const decision = await callGrpc(client, client.begin, request);
  if (json) {
    const { commit, reason } = decision;
    return printJson({
      transaction_id: decision.transactionId,
      commit,
      coordinator_id: decision.coordinatorId,
      ...(reason !== "" && { reason }),
    });
  }
  const outcome = decision.commit ? "committed" : "aborted";
  print(
    `Transaction ${printable(decision.transactionId)} ${outcome} in coordinator term ${printable(decision.coordinatorId)}`,
  );
}

export async function list({ data, json, limit }: Target & { readonly limit: number }): Promise<void> {
  const transactions = z.array(Transaction).parse(await ask(data, `/transactions?limit=${limit}`));
  if (json) return printJson(transactions);
  if (transactions.length === 0) return print("there were no transactions yet");
  const rows = transactions.map((transaction) => {
    const { id, state, coordinator, begun, votes } = transaction;
    return [id, state, coordinator, new Date(begun).toISOString(), describeVotes(votes), describeWaiting(transaction)];
  });
  print(table(["transaction", "state", "coordinator", "begun", "votes", "waits for"], rows));
}

export async function show(id: string, { data, json }: Target): Promise<void> {
  const transaction = Transaction.parse(await ask(data, `/transactions/${encodeURIComponent(id)}`));
  if (json) return printJson(transaction);
  const { state, coordinator, begun, decided, reason, votes, acknowledged } = transaction;
  print(`${printable(transaction.id)}: ${state}${reason === "" ? "" : ` (${printable(reason)})`}`);
  const after = decided === null ? "" : `, decided ${decided - begun} ms later`;
  print(`begun ${new Date(begun).toISOString()} by node ${printable(coordinator) || "?"}${after}`);
  const waits = describeWaiting(transaction);
  if (waits !== "") print(`waits for ${printable(waits)}`);
  const rows = Object.entries(votes).map(([name, vote]) => [name, vote, acknowledged.includes(name) ? "yes" : ""]);
  if (rows.length > 0) print(table(["participant", "vote", "acknowledged"], rows));
}

async function ask(data: string, path: string): Promise<unknown> {
  const { url, status, body } = await askGateway(await runningStack(new DataFolder(data)), path);
  if (status === 200) return body;
  const failure = z.object({ error: z.string() }).safeParse(body);
  throw new Refusal(failure.success ? failure.data.error : `${url} answered ${status}`);
}

function describeVotes(votes: Transaction["votes"]): string {
  const all = Object.entries(votes);
  const counted = ["yes", "no", "none"].map((vote) => ({
    vote,
    count: all.filter(([, cast]) => cast === vote).length,
  }));
  return counted
    .filter(({ count }) => count > 0)
    .map(({ vote, count }) => `${count} ${vote}`)
    .join(", ");
}

function describeWaiting({ waiting_for: names, waiting_ms: since }: Transaction): string {
  if (names.length === 0 || since === null) return "";
  return `${names.join(", ")} for ${since < 10_000 ? `${since} ms` : `${Math.round(since / 1000)} s`}`;
}
