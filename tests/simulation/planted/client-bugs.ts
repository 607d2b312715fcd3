/** Bugs of what clients are told. */
import * as z from "zod";
import type { ReplicaQuery } from "../../../consensus-nodes/replica/pending-queries.ts";
import type { BatchOutcome } from "../../../consensus-nodes/wire/batch.ts";
import { PlantedBug } from "./planted-bug.ts";

const Batch = z.looseObject({ s: z.string().optional() });

export class ReadWithoutIndex extends PlantedBug {
  override query(query: ReplicaQuery): ReplicaQuery {
    return { ...query, stale: true };
  }
}

export class NoDeduplication extends PlantedBug {
  override batch(bytes: Uint8Array): Uint8Array {
    const { s: _, ...batch } = Batch.parse(JSON.parse(Buffer.from(bytes).toString()));
    return "open" in batch ? bytes : Buffer.from(JSON.stringify(batch));
  }
}

/** What entered the log of a leader that was lost is told as if it had not. */
export class OpenFateRefused extends PlantedBug {
  override outcome(outcome: BatchOutcome): BatchOutcome {
    if (outcome.ok || outcome.refusal !== "Undecided") return outcome;
    return { ...outcome, refusal: "Overloaded" };
  }
}
