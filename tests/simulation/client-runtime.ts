/** The client's time, turns and names, as the simulator gives them. */
import type { ClientRuntime } from "../../consensus-nodes/client/client-runtime.ts";
import type { Process } from "./stream-link.ts";
import type { World } from "./world.ts";

/** @param name of the process's life: no other has it. */
export function clientRuntime(world: World, owner: Process, name: string): ClientRuntime {
  const { schedule } = world;
  let names = 0;
  return {
    now: () => schedule.now,
    after: (milliseconds, run) => {
      let cancelled = false;
      schedule.after(milliseconds, () => owner.run(() => !cancelled && run()));
      return () => {
        cancelled = true;
      };
    },
    nextTurn: (run) => schedule.after(0, () => owner.run(run)),
    uniqueName: () => `${name}-${++names}`,
  };
}
