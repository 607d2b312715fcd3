/** Times as clients read them. Apart from reading them, which takes a calendar. */
import * as z from "zod";

export const WrittenTime = z
  .string()
  .meta({ description: "ISO 8601, in UTC; milliseconds only where there are some.", example: "2026-11-21T10:00:00Z" });

/** @param time milliseconds since the epoch */
export function written(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
