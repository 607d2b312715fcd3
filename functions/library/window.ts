/** The time from `start_time` to `end_time`, half-open: from 10 to 11 and from 11 to 12 do not meet. */
import type * as z from "zod";
import { Time, TimeIfAny } from "./time.ts";

interface Ends {
  readonly start_time?: number | undefined;
  readonly end_time?: number | undefined;
}

const INVERTED = "must be after start_time";
const ALONE = "is missing: start_time and end_time come together";

function checkEnds({ start_time, end_time }: Ends, context: z.RefinementCtx): void {
  const fault = (path: keyof Ends, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (start_time === undefined && end_time === undefined) return;
  if (start_time === undefined) fault("start_time", ALONE);
  else if (end_time === undefined) fault("end_time", ALONE);
  else if (end_time <= start_time) fault("end_time", INVERTED);
}

const later = { example: "2026-11-21T12:00:00Z" };
export const ends = { start_time: Time, end_time: Time.meta(later) };
export const endsIfAny = { start_time: TimeIfAny, end_time: TimeIfAny.meta(later) };

/** Adds the rule between both to a schema that has them. */
export function withWindow<S extends z.ZodObject>(schema: S): S {
  return schema.superRefine((value, context) => checkEnds(value, context));
}

/** As queries of the core have it. */
export function windowOf({ start_time, end_time }: Ends): { readonly start?: number; readonly end?: number } {
  return start_time === undefined || end_time === undefined ? {} : { start: start_time, end: end_time };
}

/** Of a gRPC message: what is empty is absent. */
export function endsOf({ startTime, endTime }: { readonly startTime: string; readonly endTime: string }) {
  return { start_time: given(startTime), end_time: given(endTime) };
}

export function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}
