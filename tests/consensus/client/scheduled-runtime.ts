/** The client's time and turns, as a schedule has them. */
import type { ClientRuntime } from "../../../consensus-nodes/client/client-runtime.ts";
import type { Schedule } from "../raft/harness/schedule.ts";

export function scheduledRuntime(schedule: Schedule): ClientRuntime {
  return {
    now: () => schedule.now,
    after: (milliseconds, run) => {
      let cancelled = false;
      schedule.after(milliseconds, () => cancelled || run());
      return () => {
        cancelled = true;
      };
    },
    nextTurn: (run) => schedule.after(0, run),
    uniqueName: () => "s",
  };
}
