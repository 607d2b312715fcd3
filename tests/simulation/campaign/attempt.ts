/** One run, whose failure is a value. */
import type { Fault } from "../faults.ts";
import { plant } from "../planted/plant.ts";
import { type RunReport, simulate } from "../simulation.ts";

export interface Attempt {
  readonly seed: number;
  readonly faults?: readonly Fault[];
  /** Name of a bug to plant. */
  readonly planted?: string;
  readonly print?: (line: string) => void;
}

export type Attempted =
  | { readonly ok: true; readonly report: RunReport }
  | { readonly ok: false; readonly reason: string };

export async function attempt({ seed, faults, planted, print }: Attempt): Promise<Attempted> {
  try {
    const report = await simulate({
      seed,
      ...(faults !== undefined && { faults }),
      ...(planted !== undefined && { planted: plant(planted) }),
      ...(print !== undefined && { print }),
    });
    return { ok: true, report };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
