import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { DEFAULT_LIMIT, show, Transaction } from "./transaction.ts";

export default defineFunction({
  name: "transactions",
  method: "GET",
  paths: ["/transactions"],
  summary: "The newest transactions, those that are not over before the others",
  query: z.object({
    limit: z.coerce
      .number({ error: "must be an integer from 1 to 10000" })
      .pipe(z.int({ error: "must be an integer from 1 to 10000" }).min(1).max(10_000))
      .default(DEFAULT_LIMIT)
      .meta({ description: "At most so many.", example: DEFAULT_LIMIT }),
  }),
  replies: { 200: { description: "The transactions.", schema: z.array(Transaction) } },
  async handle({ input, core }) {
    const records = await core.transactions.list(input.query);
    const now = Date.now();
    return reply(
      200,
      records.map((record) => show(record, now)),
    );
  },
});
