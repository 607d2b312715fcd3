/**
 * Pictures, shared and removed everywhere: transactions over the catalog and the picture nodes. Each has a name of its own and one
 * life: uploaded, perhaps removed.
 */
import { z } from "zod";
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

/** Why what is stored cannot be; undefined when it can. @param wiped nodes that have lost their disk. */
export async function contradicts(
  life: PictureLife,
  client: HttpClient,
  wiped: ReadonlySet<number>,
): Promise<string | undefined> {
  const answer = await client.send({ method: "GET", path: `/pictures/${life.filename}/replicas` });
  if (answer.kind !== "answered") return `${life.filename}: no answer`;
  const found = answer.status === 404 ? { nodes: {}, catalog: [] } : Replicas.parse(answer.body);
  const states = Object.entries(found.nodes).filter(([node]) => !wiped.has(Number(node)));
  const held = states.filter(([, state]) => state === "held").length;
  const here = answer.status !== 404 && found.catalog.length > 0;
  const said = `${life.filename}, upload ${life.upload}, removal ${life.removal}: ${JSON.stringify(found)}`;
  if (states.some(([, state]) => state === "unreached")) return `${said}: a node is not reached`;
  if (held !== (here ? states.length : 0)) return `${said}: on some nodes and not on others`;
  const kept = life.removal === "none" || life.removal === "not done";
  if (life.upload === "done" && kept && !here) return `${said}: it was acknowledged, and is gone`;
  if (life.removal === "done" && here) return `${said}: it was removed, and is there`;
  if (life.upload === "not done" && here) return `${said}: it was refused, and is there`;
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
