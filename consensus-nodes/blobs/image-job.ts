/** What a node asks of the process that decodes its pictures; JSON both ways. */
import * as z from "zod";
import { PictureType } from "../wire/picture-operation.ts";
import { rejections } from "../wire/rejection.ts";

/** Paths. */
const Files = { input: z.string(), output: z.string() };

export const ImageJob = z.discriminatedUnion("job", [
  /** Judge `input`; when it tells about its maker, write it without that to `output`. */
  z.object({ job: z.literal("clean"), ...Files }),
  /** Write a small WebP of `input` to `output`. */
  z.object({ job: z.literal("thumbnail"), ...Files }),
]);
export type ImageJob = z.infer<typeof ImageJob>;

export const ImageResult = z.discriminatedUnion("ok", [
  /** `rewritten`: `output` is there, and is to be used. */
  z.object({ ok: z.literal(true), type: PictureType, rewritten: z.boolean() }),
  z.object({ ok: z.literal(false), rejection: z.enum(rejections), detail: z.string() }),
]);
export type ImageResult = z.infer<typeof ImageResult>;
