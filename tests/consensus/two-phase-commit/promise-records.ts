/** What a node, running or not, has on its disk about a transaction. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { openWriteAheadLog } from "../../../consensus-nodes/replica/write-ahead-log/write-ahead-log.ts";

const PromiseRecord = z.discriminatedUnion("type", [
  z.object({ type: z.literal("prepared"), id: z.string() }),
  z.object({ type: z.literal("outcome"), id: z.string(), commit: z.boolean() }),
]);

export type Known = "prepared" | "committed" | "aborted";

/** By transaction; one that the node never promised and was never told of is absent. @param data the node's folder */
export async function promiseRecords(data: string): Promise<ReadonlyMap<string, Known>> {
  const copy = await mkdtemp(join(tmpdir(), "tutti-promises-"));
  try {
    // Of a running node, so the copy may end in a torn record, which opening repairs.
    await cp(join(data, "groups", "promises"), copy, { recursive: true });
    const log = openWriteAheadLog(copy, {
      onFailure: (error) => {
        throw error;
      },
    });
    const known = new Map<string, Known>();
    const entries = log.lastIndex < log.firstIndex ? [] : log.read(log.firstIndex, log.lastIndex, Infinity);
    for (const { data } of entries) {
      const record = PromiseRecord.parse(JSON.parse(Buffer.from(data).toString()));
      known.set(record.id, record.type === "prepared" ? "prepared" : record.commit ? "committed" : "aborted");
    }
    await log.close();
    return known;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
