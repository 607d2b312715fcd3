/** The stack's own secret: made when it is first needed, and never told to anybody. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { writeDurably } from "../supervisor/durable-file.ts";
import { Refusal } from "../supervisor/refusal.ts";

const KEY_BYTES = 32;

const KeyFile = z.object({ key: z.base64().transform((text) => Buffer.from(text, "base64")) }).refine(
  // Another length was not made here.
  ({ key }) => key.length === KEY_BYTES,
);

/** @returns 32 bytes. @throws {Refusal} when the file is damaged: with another key nobody's token would be good any more */
export async function openKeyFile(path: string): Promise<Uint8Array> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) {
    const key = randomBytes(KEY_BYTES);
    await writeDurably(path, { key: key.toString("base64") });
    return key;
  }
  const read = KeyFile.safeParse(parse(text));
  if (!read.success) throw new Refusal(`${path} is damaged: remove it, and all users have to log in again`);
  return read.data.key;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
