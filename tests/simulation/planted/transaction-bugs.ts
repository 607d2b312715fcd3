/** Bugs of two-phase commit. */
import type { CoreCall, CoreChannel, CoreReply } from "../../../consensus-nodes/client/core-channel.ts";
import { command, type Machine } from "../../../consensus-nodes/machines/machine.ts";
import { transactions } from "../../../consensus-nodes/machines/transactions.ts";
import type { LogStorage } from "../../../consensus-nodes/replica/log-storage.ts";
import { accounts } from "../../consensus/two-phase-commit/bank/accounts.ts";
import type { OpenLog } from "../log-disk.ts";
import type { World } from "../world.ts";
import { HastyLog } from "./altered-log.ts";
import { PlantedBug } from "./planted-bug.ts";

export class LockReleasedAtPrepare extends PlantedBug {
  override machine(machine: Machine): Machine {
    return machine.name.startsWith("branch-") ? accounts(machine.name, false) : machine;
  }
}

export class LastDecisionWins extends PlantedBug {
  override machine(machine: Machine): Machine {
    if (machine.name !== transactions.name) return machine;
    const decide = command(
      transactions.commands.decide.schema,
      (state: ReturnType<typeof transactions.initial>, { id, commit }, { now }) => {
        const known = state.open.get(id) ?? state.ended.get(id);
        if (known !== undefined) state.open.set(id, { ...known, decision: { commit, at: now, reason: "" } });
        return { commit };
      },
    );
    return { ...transactions, commands: { ...transactions.commands, decide } };
  }
}

export class AbortToldUnwritten extends PlantedBug {
  override channel(channel: CoreChannel): CoreChannel {
    return {
      call: (call: CoreCall): Promise<CoreReply> => {
        const aborts = call.name === "decide" && isAbort(call.input);
        return aborts ? Promise.resolve({ ok: true, value: { commit: false }, leader: null }) : channel.call(call);
      },
    };
  }
}

export class HastyPromise extends PlantedBug {
  override storage(log: OpenLog, name: string, { schedule }: World): LogStorage {
    if (name !== "promises") return log;
    return new HastyLog(log, (milliseconds, action) => schedule.after(milliseconds, action));
  }
}

function isAbort(input: unknown): boolean {
  return typeof input === "object" && input !== null && "commit" in input && input.commit === false;
}
