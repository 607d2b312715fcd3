/**
 * Judges a file by its bytes, and takes out of it what it tells about its maker: EXIF with GPS, XMP, IPTC, comments. A picture
 * without any of it stays as it is, byte for byte; another is encoded anew, turned the way its EXIF says first.
 */
import { readFile } from "node:fs/promises";
import sharp, { type Metadata, type Sharp } from "sharp";
import { MAX_PIXELS } from "../wire/picture-limits.ts";
import { PictureType } from "../wire/picture-operation.ts";
import type { ImageResult } from "./image-job.ts";

/** Pixels of a thumbnail's longer side. */
const THUMBNAIL_SIDE = 320;
/** Of the smallest copy, made to see that all of it can be decoded. */
const PROBE_SIDE = 32;

// Other formats are not even looked into: some of them can name files to be read.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["Jpeg", "Png", "Webp", "Nsgif", "Heif"].map((loader) => `VipsForeignLoad${loader}File`),
});
// Every file is seen once; one picture at a time is enough for a node.
sharp.cache(false);
sharp.concurrency(1);

export async function cleanPicture(input: string, output: string): Promise<ImageResult> {
  let metadata: Metadata;
  try {
    // The head only: nothing is decoded yet.
    metadata = await sharp(input, { limitInputPixels: false, animated: true }).metadata();
  } catch {
    return { ok: false, rejection: "not-a-picture", detail: "by its bytes it is not PNG, JPEG, GIF, WebP or AVIF" };
  }
  const type = PictureType.safeParse(metadata.mediaType);
  if (!type.success) {
    return { ok: false, rejection: "not-a-picture", detail: `it is ${metadata.mediaType ?? metadata.format}` };
  }
  // Of an animation all frames, one below the other.
  const pixels = metadata.width * metadata.height;
  if (pixels > MAX_PIXELS) {
    return { ok: false, rejection: "too-many-pixels", detail: `${pixels} pixels; at most ${MAX_PIXELS}` };
  }
  const picture = sharp(input, { failOn: "error", limitInputPixels: MAX_PIXELS, animated: true });
  const bytes = await readFile(input);
  try {
    if (!isPersonal(metadata, bytes)) {
      await picture.resize({ width: PROBE_SIDE, withoutEnlargement: true }).raw().toBuffer();
      return { ok: true, type: type.data, rewritten: false };
    }
    const lost = lostByEncoding(metadata, bytes);
    if (lost !== undefined) return { ok: false, rejection: "broken", detail: lost };
    await encode(picture.autoOrient().keepIccProfile(), type.data, metadata, bytes).toFile(output);
    return { ok: true, type: type.data, rewritten: true };
  } catch (error) {
    return undecodable(error);
  }
}

function undecodable(error: unknown): ImageResult {
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return { ok: false, rejection: "broken", detail: `it cannot be decoded: ${reason}` };
}

/** Of the first frame. */
export async function writeThumbnail(input: string, output: string): Promise<ImageResult> {
  try {
    await sharp(input, { limitInputPixels: MAX_PIXELS })
      .autoOrient()
      .resize({ width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: "inside", withoutEnlargement: true })
      .webp({ quality: 80 })
      .toFile(output);
  } catch (error) {
    return undecodable(error);
  }
  return { ok: true, type: "image/webp", rewritten: true };
}

function isPersonal(metadata: Metadata, bytes: Buffer): boolean {
  const { exif, iptc, xmp, comments, orientation = 1 } = metadata;
  const told = exif ?? iptc ?? xmp;
  // A GIF carries XMP where the library does not look.
  return told !== undefined || (comments?.length ?? 0) > 0 || orientation > 1 || bytes.includes("XMP DataXMP");
}

/** Why the picture cannot be encoded anew without becoming another one. */
function lostByEncoding({ pages = 1, orientation = 1 }: Metadata, bytes: Buffer): string | undefined {
  if (pages > 1 && orientation > 1) return "an animation that is to be turned is not supported";
  const animated = bytes.subarray(8, 12).toString("latin1") === "avis" || bytes.subarray(0, 4096).includes("acTL");
  return animated ? "an animated PNG or AVIF with EXIF, XMP or comments is not supported" : undefined;
}

function encode(picture: Sharp, type: PictureType, metadata: Metadata, bytes: Buffer): Sharp {
  switch (type) {
    case "image/jpeg":
      return picture.jpeg({
        quality: 92,
        chromaSubsampling: metadata.chromaSubsampling === "4:4:4" ? "4:4:4" : "4:2:0",
      });
    case "image/png":
      return (metadata.depth === "ushort" ? picture.toColourspace(metadata.space) : picture).png();
    case "image/webp":
      return picture.webp(bytes.subarray(0, 4096).includes("VP8L") ? { lossless: true } : { quality: 92 });
    case "image/gif":
      return picture.gif();
    case "image/avif":
      return picture.avif({ quality: 75, effort: 2 });
  }
}
