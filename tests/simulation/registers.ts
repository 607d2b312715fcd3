/** Registers by name, empty (null) at first: what shows a lost or stale value soonest. */
import * as z from "zod";
import { command, defineMachine, query } from "../../consensus-nodes/machines/machine.ts";

type RegistersState = Map<string, string>;

const Register = z.object({ register: z.string() });
const Write = z.object({ register: z.string(), value: z.string() });
const CompareAndSet = Write.extend({ expected: z.string().nullable() });

const keys = ({ register }: { readonly register: string }) => [register];

export const registers = defineMachine({
  name: "registers",
  initial: (): RegistersState => new Map(),
  snapshots: {
    capture: (state) => [...state].sort(([a], [b]) => (a < b ? -1 : 1)),
    restore: (values) => new Map(z.array(z.tuple([z.string(), z.string()])).parse([...values])),
  },
  commands: {
    write: command(
      Write,
      (state: RegistersState, { register, value }) => {
        state.set(register, value);
        return {};
      },
      { keys },
    ),
    compareAndSet: command(
      CompareAndSet,
      (state: RegistersState, { register, expected, value }) => {
        const equal = (state.get(register) ?? null) === expected;
        if (equal) state.set(register, value);
        return { equal };
      },
      { keys },
    ),
  },
  queries: {
    read: query(Register, (state: RegistersState, { register }) => state.get(register) ?? null),
  },
});
