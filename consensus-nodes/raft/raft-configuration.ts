import type { NodeId } from "./message.ts";

export interface RaftConfiguration {
  readonly id: NodeId;
  /** As in membership.ts; a founder's when absent. */
  readonly disk?: string;
  /** Ticks without a leader before an election: drawn from [electionTicks, 2 electionTicks). A leader must hear from a quorum within as many. */
  readonly electionTicks: number;
  /** heartbeatTicks < electionTicks / 2 */
  readonly heartbeatTicks: number;
  /** Ticks, drawn from [1, hintTicks], before an election when the connection to the leader broke. */
  readonly hintTicks: number;
  /**
   * Reads are answered without a round while the clocks warrant it: lease.ts says what they must do. All members of a group have
   * it, or none. 0 <= driftPercent < 100
   */
  readonly lease?: { readonly driftPercent: number };
  /** Uniform in [0, 1). */
  readonly random: () => number;
}
