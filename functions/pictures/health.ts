import * as z from "zod";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { NodeName } from "./picture.ts";

export default defineFunction({
  name: "pictures_health",
  method: "GET",
  paths: ["/health"],
  summary: "Whether a picture node answers",
  replies: {
    200: {
      description: "This one does.",
      schema: z.object({ status: z.literal("healthy"), node: NodeName }).meta({ id: "PicturesHealth" }),
    },
  },
  refusals: { Unavailable: "None of them does." },
  async handle({ blobs }) {
    const node = await blobs.reachable();
    if (node === undefined) return refuse("Unavailable", "no picture node can be reached", "try again");
    return reply(200, { status: "healthy" as const, node: String(node) });
  },
});
