/** A text that is put, extended and read; empty at first. */
import type { Model } from "../model.ts";

export type KeyValueInput = { readonly name: "get" } | { readonly name: "put" | "append"; readonly value: string };

/** The text for a get, "" for the others. */
export type KeyValueOutput = string;

export const keyValue: Model<string, KeyValueInput, KeyValueOutput> = {
  initial: "",
  step(state, input, output) {
    switch (input.name) {
      case "get":
        return output === undefined || output === state ? state : undefined;
      case "put":
        return input.value;
      case "append":
        return state + input.value;
    }
  },
  stateKey: (state) => state,
  readOnly: ({ name }) => name === "get",
  describe(input, output) {
    const answer = output === undefined ? " -> ?" : "";
    if (input.name !== "get") return `${input.name} ${JSON.stringify(input.value)}${answer}`;
    return `get -> ${output === undefined ? "?" : JSON.stringify(output)}`;
  },
};
