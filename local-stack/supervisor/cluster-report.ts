/** JSON of GET /cluster: the fields that scripts rely on, and some more. */
import * as z from "zod";

export const ClusterReport = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      /** Null when it is down. */
      pid: z.int().nullable(),
      address: z.string(),
      /** It runs and answers. */
      alive: z.boolean(),
      paused: z.boolean(),
      /** False when it has lost its data folder and takes no part. */
      member: z.boolean(),
      /** Ids of nodes whose messages it neither gets nor sends. */
      cut: z.array(z.int()),
    }),
  ),
  groups: z.array(
    z.object({
      name: z.string(),
      /** Null when nobody who answers leads. */
      leader: z.int().nullable(),
      /** The highest that is known. */
      term: z.number(),
      members: z.array(
        z.object({
          id: z.int(),
          /** "down" when it does not answer: the numbers are then the last ones known. */
          role: z.string(),
          term: z.number(),
          last_index: z.number(),
          commit_index: z.number(),
          applied_index: z.number(),
        }),
      ),
    }),
  ),
});
export type ClusterReport = z.infer<typeof ClusterReport>;
