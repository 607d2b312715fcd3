import * as z from "zod";
import { safeFilename } from "../../consensus-nodes/client/picture-name.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { InPicture, NodeName, NodeNumber, noSuchNode, UNKNOWN, unknownPicture } from "./picture.ts";
import { decided, onNode } from "./transaction.ts";

export default defineFunction({
  name: "delete_picture",
  method: "DELETE",
  paths: ["/delete/:filename"],
  summary: "Remove a picture from one node",
  description: "The other nodes keep it. With its last copy the picture is gone.",
  params: InPicture,
  query: z.object({
    node: NodeNumber.optional().meta({ description: "From this one; else from the first that holds it." }),
  }),
  replies: {
    200: {
      description: "The node no longer holds it.",
      schema: z.object({ success: z.literal(true), node: NodeName }).meta({ id: "DeletedPicture" }),
    },
  },
  refusals: {
    NotFound: `${UNKNOWN} Or the node does not hold it.`,
    Conflict: "Another transaction is at work on it, or the node cannot be reached; nothing was done.",
    Invalid: "There is no such picture node.",
  },
  async handle({ input, core, blobs, keyed }) {
    const nodes = await blobs.nodes();
    const { node: wanted } = input.query;
    if (wanted !== undefined && !nodes.includes(Number(wanted))) return noSuchNode(wanted, nodes);
    const filename = safeFilename(input.params.filename);
    if (filename === undefined) return unknownPicture(input.params.filename);
    const held = await core.pictures.find({ filename });
    const node = wanted === undefined ? held?.nodes[0] : Number(wanted);
    // Under a key it may be this very request that has removed it: the transaction knows.
    const known = held?.nodes.some((holder) => holder === node) ?? false;
    if (node === undefined) return unknownPicture(filename);
    const notThere =
      held === null ? unknownPicture(filename) : refuse("NotFound", "no such picture", `node ${node} does not hold it`);
    if (!known && !keyed) return notThere;
    const outcome = decided(
      await core.transact([
        { group: "pictures", command: "removeFrom", input: { filename, node } },
        onNode(node, { pictures: "remove", filename }),
      ]),
    );
    if (outcome.kind === "committed") return reply(200, { success: true as const, node: String(node) });
    if (!known) return notThere;
    return refuse("Conflict", "another transaction is in the way", `nothing was removed: ${outcome.reason}`);
  },
});
