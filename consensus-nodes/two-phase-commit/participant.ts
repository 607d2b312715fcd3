/** What a coordinator needs of a participant, of either kind. */
import type { Vote } from "./promises.ts";

/** A participant's name in the log of transactions: `group:queue`, `node:3`. */
export type ParticipantName = `group:${string}` | `node:${number}`;

/** Milliseconds, from now. */
export interface Patience {
  readonly timeout: number;
}

export interface Participant {
  readonly name: ParticipantName;
  /** Asks for the vote; a participant that cannot be reached, or does not answer in time, is a no. Never rejects. */
  prepare(id: string, patience: Patience): Promise<Vote>;
  /** Tells the outcome. Never rejects. */
  tell(id: string, commit: boolean, patience: Patience): Promise<Told>;
}

export type Told =
  /** It is on the participant's disk; `results` of the commands, where there are any. */
  | { readonly kind: "acknowledged"; readonly results?: readonly unknown[] }
  /** Not reached; to be told again. */
  | { readonly kind: "unreached" }
  /** The participant knows another outcome: a defect, which must not be hidden by telling it again. */
  | { readonly kind: "contradiction"; readonly reason: string };
