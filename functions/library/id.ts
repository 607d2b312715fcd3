/** Ids of the library: int32, from 1. */
import * as z from "zod";

const MAX_ID = 2 ** 31 - 1;
const RULE = `must be an integer from 1 to ${MAX_ID}`;

export const Id = z.int(RULE).min(1, RULE).max(MAX_ID, RULE).meta({ example: 1 });

/** In a path or a query. */
const IdText = z
  .string()
  .regex(/^\d{1,10}$/, RULE)
  .transform(Number)
  .pipe(Id)
  .meta({ description: "A positive integer.", example: "1" });

export const InId = z.object({ id: IdText });

/** The same for a gRPC message, whose ids are numbers already; 0 names nothing. */
export function inId(id: number): { readonly params: { readonly id: string } } {
  return { params: { id: String(id) } };
}

/** Whose things a query is about. By HTTP nobody needs to say so. */
export const UserInQuery = z.object({
  user_id: IdText.optional().meta({ description: "The token's user, when it is given." }),
});

/** As in a gRPC message: 0 names nobody. */
export function userInQuery(id: number): { readonly user_id?: string } {
  return id === 0 ? {} : { user_id: String(id) };
}
