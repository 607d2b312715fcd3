/** What a picture node does in a transaction: the text of its operation, as JSON. */
import * as z from "zod";

/** Characters of a file name; its bytes are bounded where it is made safe. */
export const Filename = z.string().min(1).max(255);
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hexadecimal");
export const PictureType = z.enum(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
export type PictureType = z.infer<typeof PictureType>;

const Store = z.strictObject({
  pictures: z.literal("store"),
  filename: Filename,
  sha256: Sha256,
  /** Bytes. */
  size: z.int().min(1),
  type: PictureType,
});
const Remove = z.strictObject({
  pictures: z.literal("remove"),
  filename: Filename,
  /** Nobody but the node tells the catalog: the coordinator is not one of this project's. */
  tell: z.literal(true).optional(),
});

export const PictureOperation = z.discriminatedUnion("pictures", [Store, Remove]);
export type PictureOperation = z.infer<typeof PictureOperation>;

/** @returns undefined for the operation of something else */
export function parsePictureOperation(text: string): PictureOperation | undefined {
  // Most operations of others are no JSON; this spares them an exception.
  if (!text.startsWith("{")) return undefined;
  try {
    const parsed = PictureOperation.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
