/** What is wrong with which field, in words for whoever sent it. */
import type * as z from "zod";
import type { Failure, FieldError } from "./failure.ts";

/** Field errors told in one answer; the rest are as wrong and would drown these. */
const MAX_ERRORS = 20;

type Issue = Parameters<z.core.$ZodErrorMap>[0];

const NOUNS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

function nounOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isFinite(value)) return "beyond the range of numbers";
  return NOUNS[typeof value] ?? typeof value;
}

function bound(issue: Issue & { readonly code: "too_small" | "too_big" }): string {
  const [word, limit] = issue.code === "too_small" ? ["at least", issue.minimum] : ["at most", issue.maximum];
  if (issue.origin === "string")
    return `must have ${word} ${limit} ${Number(limit) === 1 ? "character" : "characters"}`;
  if (issue.origin === "array") return `must have ${word} ${limit} ${Number(limit) === 1 ? "entry" : "entries"}`;
  return `must be ${word} ${limit}`;
}

/** Used where a schema has no message of its own. */
const describe: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type": {
      if (issue.input === undefined) return "is missing";
      const wanted = NOUNS[issue.expected] ?? issue.expected;
      return `must be ${wanted}, ${issue.expected === "int" ? "without fractions" : `not ${nounOf(issue.input)}`}`;
    }
    case "too_small":
    case "too_big":
      return bound(issue);
    case "invalid_value":
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    default:
      return undefined;
  }
};

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, part) => {
    if (typeof part === "number") return `${whole}[${part}]`;
    return whole === "" ? String(part) : `${whole}.${String(part)}`;
  }, "");
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** @param whole what to call the value itself: "the body" */
export function check<S extends z.ZodType>(schema: S, value: unknown, whole: string): Checked<z.output<S>> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  // Checked again for the words: what is valid need not carry them.
  const issues = schema.safeParse(value, { error: describe }).error?.issues ?? result.error.issues;
  const errors = issues.slice(0, MAX_ERRORS).map(({ path, message }) => ({ path: pathOf(path), message }));
  return { ok: false, failure: invalid(errors, whole) };
}

export function invalid(errors: readonly FieldError[], whole: string): Failure {
  const [first] = errors;
  const error =
    first === undefined ? `${whole} is not valid` : `${first.path === "" ? whole : first.path} ${first.message}`;
  return { kind: "Invalid", error, detail: errors };
}
