import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { firstNode, NodeName } from "./picture.ts";

export default defineFunction({
  name: "list_pictures",
  method: "GET",
  paths: ["/list"],
  summary: "All pictures, in the order of upload",
  replies: {
    200: {
      description: "By file name.",
      schema: z
        .record(
          z.string(),
          z.object({
            likes: z.int(),
            upload_time: z.number().meta({ description: "Seconds since 1970, with fractions." }),
            node: NodeName,
            nodes: z.array(NodeName).readonly().meta({ description: "All that hold it." }),
            size: z.int().meta({ description: "Bytes." }),
            type: z.string().meta({ example: "image/jpeg" }),
          }),
        )
        .meta({ id: "Pictures" }),
    },
  },
  async handle({ core }) {
    const pictures = await core.pictures.list({});
    const entries = pictures.map(({ filename, likes, uploaded, nodes, size, type }) => {
      const shown = {
        likes,
        upload_time: uploaded / 1000,
        node: firstNode({ nodes }),
        nodes: nodes.map(String),
        size,
        type,
      };
      return [filename, shown] as const;
    });
    return reply(200, Object.fromEntries(entries));
  },
});
