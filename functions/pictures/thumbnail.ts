import { Bytes, defineFunction } from "../define-function.ts";
import { InPicture, UNKNOWN } from "./picture.ts";
import { pictureBytes, UNREAD } from "./picture-bytes.ts";

export default defineFunction({
  name: "picture_thumbnail",
  method: "GET",
  paths: ["/pictures/:filename/thumbnail"],
  summary: "A small copy of the picture, to be shown in a page",
  description: "At most 320 pixels wide and high; of an animation the first frame.",
  params: InPicture,
  replies: { 200: { description: "The copy.", schema: Bytes, type: "image/webp" } },
  refusals: { NotFound: UNKNOWN, Unavailable: UNREAD },
  async handle(context) {
    return pictureBytes(context, context.input.params.filename, { thumbnail: true, disposition: "inline" });
  },
});
