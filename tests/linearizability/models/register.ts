/** A register with compare-and-set, empty (null) at first. */
import type { Model } from "../model.ts";

export type Value = number | string | null;

export type RegisterInput =
  | { readonly name: "read" }
  | { readonly name: "write"; readonly value: Value }
  | { readonly name: "compareAndSet"; readonly expected: Value; readonly value: Value };

export type RegisterOutput =
  | { readonly name: "value"; readonly value: Value }
  | { readonly name: "written" }
  /** Whether the expected value was there. */
  | { readonly name: "compared"; readonly equal: boolean };

export const register: Model<Value, RegisterInput, RegisterOutput> = {
  initial: null,
  step(state, input, output) {
    switch (input.name) {
      case "read":
        return output === undefined || (output.name === "value" && output.value === state) ? state : undefined;
      case "write":
        return output === undefined || output.name === "written" ? input.value : undefined;
      case "compareAndSet": {
        const equal = state === input.expected;
        if (output !== undefined && (output.name !== "compared" || output.equal !== equal)) return undefined;
        return equal ? input.value : state;
      }
    }
  },
  stateKey: (state) => JSON.stringify(state),
  readOnly: ({ name }) => name === "read",
  describe(input, output) {
    switch (input.name) {
      case "read":
        return `read -> ${output?.name === "value" ? JSON.stringify(output.value) : "?"}`;
      case "write":
        return `write ${JSON.stringify(input.value)}${output === undefined ? " -> ?" : ""}`;
      case "compareAndSet": {
        const answer = output?.name === "compared" ? String(output.equal) : "?";
        return `compare ${JSON.stringify(input.expected)} and set ${JSON.stringify(input.value)} -> ${answer}`;
      }
    }
  },
};
