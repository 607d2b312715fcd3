/** File names as pictures carry them; what names a picture by one goes through here too, so both mean the same. */

/** Of UTF-8: what file systems take. */
const MAX_BYTES = 255;
/** Of UTF-8, with the dot; what is longer is no extension. */
const MAX_EXTENSION_BYTES = 16;

/** Control characters, line and paragraph separators, and what turns the direction of the text that follows. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** @returns undefined when nothing is left of it */
export function safeFilename(name: string): string | undefined {
  // Whatever system the path is from.
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  const shown = last
    .toWellFormed()
    .replace(UNPRINTABLE, "")
    .normalize("NFC")
    .trim()
    .replace(/^[.\s]+/, "");
  const safe = cut(shown);
  return safe === "" ? undefined : safe;
}

/** Cuts at a character, and keeps the extension. */
function cut(name: string): string {
  if (bytesOf(name) <= MAX_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && bytesOf(name.slice(dot)) <= MAX_EXTENSION_BYTES ? name.slice(dot) : "";
  const room = MAX_BYTES - bytesOf(extension);
  let stem = "";
  let bytes = 0;
  for (const character of extension === "" ? name : name.slice(0, dot)) {
    bytes += bytesOf(character);
    if (bytes > room) break;
    stem += character;
  }
  return stem + extension;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
