import * as z from "zod";
import {
  type RegisterInput,
  type RegisterOutput,
  register,
  type Value,
} from "../../linearizability/models/register.ts";
import { RecordedLoad, type RecordedLoadOptions } from "./recorded-load.ts";

const KEYS = ["x", "y"];
const Compared = z.object({ equal: z.boolean() });
const Read = z.string().nullable();

/** Few keys, so that callers meet. */
export function registerLoad(
  options: Pick<RecordedLoadOptions<Value, RegisterInput, RegisterOutput>, "world" | "clients" | "random">,
): RecordedLoad<Value, RegisterInput, RegisterOutput> {
  let latest = "";
  return new RecordedLoad({
    ...options,
    group: "registers",
    model: register,
    keys: KEYS,
    draw: (random, value): RegisterInput => {
      if (random.chance(0.5)) return { name: "read" };
      if (random.chance(0.3)) return { name: "compareAndSet", expected: latest, value };
      latest = value;
      return { name: "write", value };
    },
    request: (key, { name, ...input }) => ({ name, input: { register: key, ...input } }),
    read: (_, { name }, value): RegisterOutput => {
      switch (name) {
        case "read":
          return { name: "value", value: Read.parse(value) };
        case "write":
          return { name: "written" };
        case "compareAndSet":
          return { name: "compared", equal: Compared.parse(value).equal };
      }
    },
  });
}
