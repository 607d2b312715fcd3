/** Pictures on the wire: JSON as shared/contracts/pictures.md has it. */
import * as z from "zod";
import { safeFilename } from "../../consensus-nodes/client/picture-name.ts";
import { type Refusal, refuse } from "../failure.ts";

export const InPicture = z.object({
  filename: z.string().min(1).max(1024).meta({
    description: "A path before the name, control characters and leading dots do not count.",
    example: "sunset.jpg",
  }),
});

/** Null for what can be the name of no picture: it is as unknown as any other. */
export async function named<T>(filename: string, ask: (safe: string) => Promise<T | null>): Promise<T | null> {
  const safe = safeFilename(filename);
  return safe === undefined ? null : ask(safe);
}

export const NodeNumber = z.string().regex(/^\d{1,4}$/, "must be the number of a picture node");

export const NodeName = z.string().meta({ description: "The number of a picture node.", example: "1" });

/** The node that clients are told of when several hold it. */
export function firstNode({ nodes }: { readonly nodes: readonly number[] }): string {
  return String(nodes[0]);
}

export const UNKNOWN = "There is no picture of that name.";

export function unknownPicture(filename: string): Refusal<"NotFound"> {
  return refuse("NotFound", "no such picture", `no picture is called ${JSON.stringify(filename)}`);
}

export function noSuchNode(node: string, nodes: readonly number[]): Refusal<"Invalid"> {
  return refuse("Invalid", `there is no picture node ${node}`, `picture nodes are ${nodes.join(", ")}`);
}
