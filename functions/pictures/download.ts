import * as z from "zod";
import { Bytes, defineFunction } from "../define-function.ts";
import { InPicture, UNKNOWN } from "./picture.ts";
import { pictureBytes, UNREAD } from "./picture-bytes.ts";

export default defineFunction({
  name: "download_picture",
  method: "GET",
  paths: ["/download/:filename"],
  summary: "The picture's bytes, as an attachment",
  params: InPicture,
  query: z.object({
    thumbnail: z.string().optional().meta({ description: "When it is there, a small WebP instead." }),
  }),
  replies: { 200: { description: "With its real content type.", schema: Bytes, type: "image/*" } },
  refusals: { NotFound: UNKNOWN, Unavailable: UNREAD },
  async handle(context) {
    const { params, query } = context.input;
    return pictureBytes(context, params.filename, {
      thumbnail: query.thumbnail !== undefined,
      disposition: "attachment",
    });
  },
});
