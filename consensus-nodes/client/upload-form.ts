/** A form with a file (RFC 7578), read as a stream: nothing of it is held in memory. */
import type { Readable } from "node:stream";
import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import { MAX_PICTURE_BYTES } from "../wire/picture-limits.ts";

/** The field that has the file. */
const FIELD = "file";
/** Parts in all; a form of this kind has one or two. */
const MAX_PARTS = 16;
/** Bytes of a file's name, and of another field. */
const MAX_NAME_BYTES = 4096;

export type FormEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "no-file" | "too-large" }
  | { readonly kind: "malformed"; readonly reason: string };

/** @param onFile takes the file, which must be read to its end; of several the first. Resolves when the form has ended. */
export function readForm(
  body: Readable,
  contentType: string,
  onFile: (name: string, file: Readable) => void,
): Promise<FormEnd> {
  return new Promise((resolve) => {
    let found: Readable | undefined;
    let truncated = false;
    const headers: BusboyHeaders = { "content-type": contentType };
    let form: Busboy;
    try {
      form = new Busboy({
        headers,
        // The whole name, to be made safe in one place.
        preservePath: true,
        isPartAFile: (_field, _type, name) => name !== undefined,
        limits: { fileSize: MAX_PICTURE_BYTES, files: MAX_PARTS, fieldSize: MAX_NAME_BYTES, parts: MAX_PARTS },
      });
    } catch (error) {
      body.resume();
      return resolve({ kind: "malformed", reason: reasonOf(error) });
    }
    form.on("file", (field, file, name) => {
      // The form says it as well.
      file.on("error", () => {});
      if (field !== FIELD || found !== undefined || name === undefined || name === "") {
        file.resume();
        return;
      }
      found = file;
      file.once("limit", () => {
        truncated = true;
      });
      onFile(name, file);
    });
    const fail = (error: unknown) => {
      body.unpipe(form);
      // Whoever reads it waits for more.
      found?.destroy(error instanceof Error ? error : new Error(String(error)));
      // Whoever sends listens for the answer when all is sent; how much that may be is the gateway's to limit.
      body.resume();
      resolve({ kind: "malformed", reason: reasonOf(error) });
    };
    form.once("error", fail);
    body.once("error", fail);
    form.once("finish", () => {
      if (found === undefined) resolve({ kind: "no-file" });
      else resolve({ kind: truncated ? "too-large" : "complete" });
    });
    body.pipe(form);
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
