import * as z from "zod";
import { safeFilename } from "../../consensus-nodes/client/picture-name.ts";
import { defineFunction, reply } from "../define-function.ts";
import { InPicture, UNKNOWN, unknownPicture } from "./picture.ts";
import { decided, onNode } from "./transaction.ts";

const Vote = z.enum(["yes", "no", "none"]);

export default defineFunction({
  name: "delete_picture_everywhere",
  method: "DELETE",
  paths: ["/delete-2pc/:filename"],
  summary: "Remove a picture from every node, or from none",
  description:
    "Committed only when every picture node holds it and none has it locked for another transaction; else aborted, and every copy stays.",
  params: InPicture,
  replies: {
    200: {
      description: "How the transaction was decided.",
      schema: z
        .object({
          transaction_id: z.string(),
          status: z.enum(["COMMITTED", "ABORTED"]),
          details: z
            .array(z.enum(["ACK", "FAILED"]))
            .readonly()
            .meta({
              description:
                "One per picture node, in their order: ACK when it has carried out the decision, FAILED when it did not answer; it will.",
            }),
          nodes: z.record(z.string(), Vote).meta({ description: "How each node voted." }),
          reason: z.string().meta({ description: "Why it was aborted; else empty." }),
        })
        .meta({ id: "DeletionEverywhere" }),
    },
  },
  refusals: { NotFound: UNKNOWN },
  async handle({ input, core, blobs, keyed }) {
    const filename = safeFilename(input.params.filename);
    if (filename === undefined) return unknownPicture(input.params.filename);
    const known = (await core.pictures.find({ filename })) !== null;
    // Under a key it may be this very request that has removed it: the transaction knows.
    if (!known && !keyed) return unknownPicture(filename);
    const nodes = await blobs.nodes();
    const outcome = decided(
      await core.transact([
        { group: "pictures", command: "removeAll", input: { filename } },
        ...nodes.map((node) => onNode(node, { pictures: "remove", filename })),
      ]),
    );
    if (outcome.kind === "aborted" && !known) return unknownPicture(filename);
    const { id, kind, acknowledged, votes } = outcome;
    return reply(200, {
      transaction_id: id,
      status: kind === "committed" ? ("COMMITTED" as const) : ("ABORTED" as const),
      details: nodes.map((node) => (acknowledged.includes(`node:${node}`) ? ("ACK" as const) : ("FAILED" as const))),
      nodes: Object.fromEntries(nodes.map((node) => [String(node), votes[`node:${node}`] ?? ("none" as const)])),
      reason: outcome.kind === "aborted" ? outcome.reason : "",
    });
  },
});
