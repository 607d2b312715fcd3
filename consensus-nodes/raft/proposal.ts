/** What becomes of an entry that a driver wants in the log. */
import type { ChangeRefusal } from "./membership-change.ts";

/** Transferring: another is about to lead, ask again soon. Overloaded: too much is not settled yet. */
export type ProposeRefusal = "NotLeader" | "Transferring" | "Overloaded";

type Outcome<Refusal> =
  | { readonly ok: true; readonly index: number; readonly term: number }
  | { readonly ok: false; readonly refusal: Refusal };

/** Taken is not decided: that shows as the commit index passes `index` with the term unchanged. */
export type ProposeOutcome = Outcome<ProposeRefusal>;
export type ChangeOutcome = Outcome<ProposeRefusal | ChangeRefusal>;
