import * as z from "zod";
import { safeFilename } from "../../consensus-nodes/client/picture-name.ts";
import { defineFunction, reply } from "../define-function.ts";
import { InPicture, NodeName, UNKNOWN, unknownPicture } from "./picture.ts";

export default defineFunction({
  name: "picture_replicas",
  method: "GET",
  paths: ["/pictures/:filename/replicas"],
  summary: "Which nodes hold the picture",
  description: "Asked of the nodes themselves, and of the catalog.",
  params: InPicture,
  replies: {
    200: {
      description: "What each says.",
      schema: z
        .object({
          filename: z.string(),
          replicas: z.array(NodeName).readonly().meta({ description: "Nodes that say that they hold it." }),
          catalog: z.array(NodeName).readonly().meta({ description: "Nodes that the catalog says hold it." }),
          nodes: z.record(z.string(), z.enum(["held", "absent", "unreached"])),
        })
        .meta({ id: "PictureReplicas" }),
    },
  },
  refusals: { NotFound: UNKNOWN },
  async handle({ input, core, blobs }) {
    const filename = safeFilename(input.params.filename);
    if (filename === undefined) return unknownPicture(input.params.filename);
    const [listed, states] = await Promise.all([core.pictures.find({ filename }), blobs.replicas(filename)]);
    const holders = states.filter(({ state }) => state === "held").map(({ node }) => String(node));
    if (listed === null && holders.length === 0) return unknownPicture(filename);
    return reply(200, {
      filename,
      replicas: holders,
      catalog: (listed?.nodes ?? []).map(String),
      nodes: Object.fromEntries(states.map(({ node, state }) => [String(node), state])),
    });
  },
});
