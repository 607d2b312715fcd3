/** Yes or no in a query. */
import * as z from "zod";

export const Flag = z
  .stringbool({ truthy: ["true", "1"], falsy: ["false", "0"], error: "must be true, false, 1 or 0" })
  .meta({ description: "true or false; 1 and 0 too.", example: "true" });
