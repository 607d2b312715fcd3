import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";

const Record = z
  .object({
    index: z.int().meta({ description: "Of the log entry that carried it." }),
    time: z.int().meta({ description: "Milliseconds since the epoch, by the leader's clock." }),
    text: z.string(),
    source: z.string(),
  })
  .meta({ id: "JournalRecord" });

export default defineFunction({
  name: "journal_read",
  method: "GET",
  paths: ["/journal"],
  summary: "The journal's newest records, oldest first",
  query: z.object({
    limit: z.coerce
      .number({ error: "must be an integer from 1 to 100000" })
      .pipe(z.int({ error: "must be an integer from 1 to 100000" }).min(1).max(100_000))
      .default(100)
      .meta({ description: "At most so many records.", example: 100 }),
  }),
  replies: {
    200: {
      description: "The records, and how many were ever appended.",
      schema: z.object({ records: z.array(Record).readonly(), appended: z.int() }).meta({ id: "Journal" }),
    },
  },
  async handle({ input, core }) {
    return reply(200, await core.journal.read(input.query));
  },
});
