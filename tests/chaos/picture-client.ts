/**
 * Pictures, shared and removed everywhere: transactions over the catalog and the picture nodes. Each has a name of its own and one
 * life: uploaded, perhaps removed.
 */
import * as z from "zod";
import type { Random } from "../consensus/raft/harness/random.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";

const REMOVED = 0.4;

/** What its client was told. */
export interface PictureLife {
  readonly filename: string;
  upload: "running" | "done" | "not done" | "unknown";
  removal: "none" | "running" | "done" | "not done" | "unknown";
}

const Deletion = z.object({ status: z.enum(["COMMITTED", "ABORTED"]) });
const Replicas = z.object({
  nodes: z.record(z.string(), z.enum(["held", "absent", "unreached"])),
  catalog: z.array(z.string()),
});

let made = 0;

/** Uploads one and perhaps removes it, which a node may refuse that lost it. @returns whether it was stored. */
export async function live(
  client: HttpClient,
  picture: Buffer,
  random: Random,
  lives: PictureLife[],
): Promise<boolean> {
  const filename = `picture-${++made}.png`;
  const life: PictureLife = { filename, upload: "running", removal: "none" };
  lives.push(life);
  const upload = await client.send({ method: "POST", path: "/upload", ...form(filename, picture) });
  life.upload = upload.kind === "answered" && upload.status === 200 ? "done" : fate(upload);
  if (life.upload !== "done") return false;
  if (!random.chance(REMOVED)) return true;
  life.removal = "running";
  const removal = await client.send({ method: "DELETE", path: `/delete-2pc/${filename}` });
  if (removal.kind === "answered" && removal.status === 200) {
    life.removal = Deletion.parse(removal.body).status === "COMMITTED" ? "done" : "not done";
  } else life.removal = fate(removal);
  return true;
}

/**
 * Looks at what is stored of it: why that cannot be so, undefined when it can.
 * @param lost nodes that have lost their disk, and were not replaced: they hold nothing
 */
export async function wrongWith(
  life: PictureLife,
  client: HttpClient,
  lost: ReadonlySet<number>,
): Promise<string | undefined> {
  const answer = await client.send({ method: "GET", path: `/pictures/${life.filename}/replicas` });
  if (answer.kind !== "answered") return `${life.filename}: no answer`;
  const { nodes, catalog } = answer.status === 404 ? { nodes: {}, catalog: [] } : Replicas.parse(answer.body);
  const here = catalog.length > 0;
  const states = Object.entries(nodes).flatMap(([node, state]) => (lost.has(Number(node)) ? [] : [state]));
  const why = contradiction(life, here, states);
  if (why === undefined) return undefined;
  const told = `upload ${life.upload}, removal ${life.removal}, found ${JSON.stringify({ nodes, catalog })}`;
  return `${life.filename}, ${told}: ${why}`;
}

function contradiction({ upload, removal }: PictureLife, here: boolean, states: readonly string[]): string | undefined {
  if (states.includes("unreached")) return "a node is not reached";
  if (states.some((state) => (state === "held") !== here)) return "on some nodes and not on others";
  const kept = removal === "none" || removal === "not done";
  if (upload === "done" && kept && !here) return "it was acknowledged, and is gone";
  if (removal === "done" && here) return "it was removed, and is there";
  if (upload === "not done" && here) return "it was refused, and is there";
  return undefined;
}

/** A refusal says that nothing was done; everything else leaves it open. */
function fate(answer: HttpAnswer): "not done" | "unknown" {
  if (answer.kind === "refused") return "not done";
  return answer.kind === "answered" && answer.status < 500 ? "not done" : "unknown";
}

function form(filename: string, picture: Buffer) {
  const boundary = `chaos-${filename}`;
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\ncontent-type: image/png\r\n\r\n`;
  return {
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    bytes: Buffer.concat([Buffer.from(head), picture, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}
