import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { show, Transaction } from "./transaction.ts";

export default defineFunction({
  name: "transaction",
  method: "GET",
  paths: ["/transactions/:id"],
  summary: "One transaction: its state, its votes, who is waited for",
  params: z.object({
    id: z.string().min(1).max(300).meta({ description: "The id, percent-encoded.", example: "txn-1" }),
  }),
  replies: { 200: { description: "The transaction.", schema: Transaction } },
  refusals: { NotFound: "No such transaction was begun, or it is long over." },
  async handle({ input, core }) {
    const record = await core.transactions.show(input.params);
    if (record === null)
      return refuse("NotFound", `there is no transaction ${input.params.id}`, "never begun, or long over");
    return reply(200, show(record, Date.now()));
  },
});
