/**
 * The process that decodes pictures for one node, one at a time: what strangers send is decoded by native code, and a node's log,
 * locks and promises are not to share a process with that. Ends when its node does.
 */
import { setPriority } from "node:os";
import { cleanPicture, writeThumbnail } from "./clean-picture.ts";
import { ImageJob, type ImageResult } from "./image-job.ts";

/** Behind the nodes: elections do not wait for a picture. */
const NICENESS = 10;

setPriority(NICENESS);
// An interrupt at the terminal is the node's business.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
process.on("message", async (message) => {
  const { job, input, output } = ImageJob.parse(message);
  const result: ImageResult = await (job === "clean" ? cleanPicture(input, output) : writeThumbnail(input, output));
  process.send?.(result);
});
