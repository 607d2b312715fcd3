import { printable } from "../wire/printable.ts";

/** The lines that every two-phase-commit RPC leaves on each side. */
export interface PhaseLog {
  sends(
    phase: "vote" | "decision",
    rpc: string,
    to: { readonly phase: "vote" | "decision"; readonly node: number },
  ): void;
  runs(
    phase: "vote" | "decision",
    rpc: string,
    from: { readonly phase: "vote" | "decision"; readonly node: string | number },
  ): void;
}

/** @param line writes one line as it is. */
export function createPhaseLog(id: number, line: (text: string) => void): PhaseLog {
  return {
    sends: (phase, rpc, to) =>
      line(`Phase ${phase} of Node ${id} sends RPC ${rpc} to Phase ${to.phase} of Node ${to.node}.`),
    runs: (phase, rpc, from) =>
      line(
        `Phase ${phase} of Node ${id} runs RPC ${rpc} called by Phase ${from.phase} of Node ${printable(String(from.node))}.`,
      ),
  };
}
