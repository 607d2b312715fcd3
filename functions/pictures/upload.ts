import * as z from "zod";
import type { UploadRefusal } from "../../consensus-nodes/client/blob-channel.ts";
import { safeFilename } from "../../consensus-nodes/client/picture-name.ts";
import { defineFunction, reply } from "../define-function.ts";
import { refuse } from "../failure.ts";
import { firstNode, NodeName, NodeNumber, noSuchNode } from "./picture.ts";
import { decided, onNode } from "./transaction.ts";

const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
/** Of a form around the picture: boundaries, headers, a field or two. */
const MAX_FORM_BYTES = 64 * 1024;
/** Transactions over one name end within milliseconds, but those that wait for each other end by time. */
const ATTEMPTS = 3;

const REFUSALS = {
  "no-file": ["Malformed", "the form has no file"],
  malformed: ["Malformed", "the body is not a form with a file"],
  "not-a-picture": ["UnsupportedType", "the file is not a picture"],
  broken: ["Invalid", "the picture cannot be read"],
  "too-large": ["TooLarge", "the picture is larger than 10 MiB"],
  "too-many-pixels": ["TooLarge", "the picture has too many pixels"],
  busy: ["Unavailable", "too many pictures are being uploaded"],
  unreached: ["Unavailable", "a picture node cannot be reached"],
} as const satisfies Record<UploadRefusal, readonly [string, string]>;

export default defineFunction({
  name: "upload_picture",
  method: "POST",
  paths: ["/upload"],
  summary: "Share a picture",
  description:
    "Stored on every picture node by one transaction: on all of them or on none. PNG, JPEG, GIF, WebP or AVIF by its bytes, of at " +
    "most 10 MiB and 40 megapixels, of an animation over all frames. EXIF (with GPS), XMP, IPTC and comments are removed, after the " +
    "picture is turned the way its EXIF says; a picture without them keeps its bytes. Of the file's name the path, control characters " +
    "and leading dots are removed, and it is cut to 255 bytes. The same picture again under its name succeeds and changes nothing.",
  query: z.object({ node: NodeNumber.optional().meta({ description: "Store it on this picture node only." }) }),
  upload: {
    limit: MAX_PICTURE_BYTES + MAX_FORM_BYTES,
    schema: z.object({ file: z.string().meta({ format: "binary" }) }),
  },
  replies: {
    200: {
      description: "It is stored.",
      schema: z
        .object({
          success: z.literal(true),
          filename: z.string().meta({ description: "The name it has now.", example: "sunset.jpg" }),
          node: NodeName,
          nodes: z.array(NodeName).readonly().meta({ description: "All that hold it." }),
        })
        .meta({ id: "UploadedPicture" }),
    },
  },
  refusals: {
    Malformed: "There is no file, or its name is empty.",
    Conflict: "Another picture has the name, or another transaction is at work on it.",
    TooLarge: "More than 10 MiB, or more than 40 megapixels.",
    UnsupportedType: "The file is not PNG, JPEG, GIF, WebP or AVIF, whatever it is called.",
    Invalid: "The picture is damaged, or there is no such picture node.",
    Full: "There are as many pictures as there may be.",
    Unavailable: "A picture node cannot be reached, or has too much else to do; nothing was done.",
  },
  async handle({ input, core, blobs, upload }) {
    const nodes = await blobs.nodes();
    const { node } = input.query;
    const targets = node === undefined ? nodes : nodes.filter((candidate) => candidate === Number(node));
    if (node !== undefined && targets.length === 0) return noSuchNode(node, nodes);
    const uploaded = await upload(targets);
    if (!uploaded.ok) {
      const [kind, error] = REFUSALS[uploaded.refusal];
      return refuse(kind, error, uploaded.detail);
    }
    const { name, type, size, sha256 } = uploaded.staged;
    const filename = safeFilename(name);
    if (filename === undefined)
      return refuse("Malformed", "the file has no name", `${JSON.stringify(name)} names no file`);

    let reason = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const held = await core.pictures.find({ filename });
      if (held !== null && held.sha256 !== sha256) {
        return refuse("Conflict", "another picture has this name", "delete that one first, or choose another name");
      }
      const missing = targets.filter((target) => !held?.nodes.includes(target));
      if (held !== null && missing.length === 0) return stored(held);
      const picture = { filename, sha256, size, type };
      const outcome = decided(
        await core.transact([
          {
            group: "pictures",
            command: "put",
            input: { ...picture, nodes: missing, ...(node === undefined && { everywhere: true }) },
          },
          ...missing.map((target) => onNode(target, { pictures: "store", ...picture })),
        ]),
      );
      if (outcome.kind === "committed") {
        const holders = new Set([...(held?.nodes ?? []), ...targets]);
        return stored({ filename, nodes: nodes.filter((holder) => holders.has(holder)) });
      }
      if (held === null && (await core.pictures.full({}))) {
        return refuse("Full", "there is no room for more pictures", "delete one first");
      }
      reason = outcome.reason;
    }
    return refuse("Conflict", "another transaction is in the way", `nothing was stored: ${reason}`);
  },
});

function stored(picture: { readonly filename: string; readonly nodes: readonly number[] }) {
  const { filename, nodes } = picture;
  return reply(200, { success: true as const, filename, node: firstNode(picture), nodes: nodes.map(String) });
}
