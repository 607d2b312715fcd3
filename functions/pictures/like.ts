import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { InPicture, named, UNKNOWN, unknownPicture } from "./picture.ts";

export default defineFunction({
  name: "like_picture",
  method: "POST",
  paths: ["/like/:filename"],
  summary: "Like a picture",
  params: InPicture,
  replies: {
    200: {
      description: "It is counted.",
      schema: z.object({ success: z.literal(true), likes: z.int() }).meta({ id: "LikedPicture" }),
    },
  },
  refusals: { NotFound: UNKNOWN },
  async handle({ input, core }) {
    const { filename } = input.params;
    const liked = await named(filename, (safe) => core.pictures.like({ filename: safe }));
    if (liked?.outcome !== "liked") return unknownPicture(filename);
    return reply(200, { success: true as const, likes: liked.likes });
  },
});
