import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { firstNode, InPicture, NodeName, named } from "./picture.ts";

export default defineFunction({
  name: "search_picture",
  method: "GET",
  paths: ["/search/:filename"],
  summary: "Whether there is a picture of that name",
  params: InPicture,
  replies: {
    200: {
      description: "The picture, or that there is none.",
      schema: z
        .union([
          z.object({ found: z.literal(true), filename: z.string(), node: NodeName, likes: z.int() }),
          z.object({ found: z.literal(false) }),
        ])
        .meta({ id: "FoundPicture" }),
    },
  },
  async handle({ input, core }) {
    const held = await named(input.params.filename, (filename) => core.pictures.find({ filename }));
    if (held === null) return reply(200, { found: false as const });
    const { filename, likes } = held;
    return reply(200, { found: true as const, filename, node: firstNode(held), likes });
  },
});
