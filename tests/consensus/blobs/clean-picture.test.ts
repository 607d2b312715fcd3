import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageResult } from "../../../consensus-nodes/blobs/image-job.ts";
import { Images } from "../../../consensus-nodes/blobs/images.ts";
import { animation, bomb, photo, plain } from "./sample-pictures.ts";

let folder: string;
const images = new Images();
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tutti-images-"));
});
afterAll(async () => {
  images.close();
  await rm(folder, { recursive: true, force: true });
});

async function clean(bytes: Buffer | string): Promise<{ readonly result: ImageResult; readonly output: string }> {
  const input = join(folder, `in-${++count}`);
  const output = join(folder, `out-${count}`);
  await writeFile(input, bytes);
  return { result: await images.run({ job: "clean", input, output }), output };
}

describe("a picture is judged by its bytes", () => {
  test.each(["png", "jpeg", "gif", "webp", "avif"] as const)("%s that tells nothing stays as it is", async (format) => {
    const { result } = await clean(await plain(format));
    expect(result).toEqual({ ok: true, type: `image/${format}`, rewritten: false });
  });

  test.each([
    ["text", "hello"],
    ["nothing", ""],
    ["an SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/passwd"/></svg>'],
    ["the head of a PNG, and nothing else", "\x89PNG\r\n\x1a\n"],
    ["a PDF", "%PDF-1.4\n"],
  ])("%s is none", async (_, text) => {
    expect((await clean(Buffer.from(text, "latin1"))).result).toMatchObject({ ok: false, rejection: "not-a-picture" });
  });

  test("a TIFF is none here", async () => {
    const tiff = await sharp(await plain())
      .tiff()
      .toBuffer();
    expect((await clean(tiff)).result).toMatchObject({ ok: false, rejection: "not-a-picture" });
  });

  test("one that ends half way is refused", async () => {
    const whole = await plain("jpeg");
    const half = whole.subarray(0, Math.floor(whole.length * 0.7));
    expect((await clean(half)).result).toMatchObject({ ok: false, rejection: "broken" });
  });

  test("50 megapixels in a few kilobytes are refused before they are decoded", async () => {
    expect((await clean(await bomb())).result).toMatchObject({ ok: false, rejection: "too-many-pixels" });
  });

  test("whatever came before, the next picture is decoded", async () => {
    const jobs = await Promise.all([clean("junk"), clean(await plain()), clean(await photo()), clean(await plain())]);
    expect(jobs.map(({ result }) => result.ok)).toEqual([false, true, true, true]);
  });
});

describe("what a picture tells about its maker is removed", () => {
  test("a photo is turned upright, and has no EXIF and no place any more", async () => {
    const before = await sharp(await photo()).metadata();
    expect([before.width, before.height, before.orientation]).toEqual([120, 80, 6]);
    expect(before.exif?.includes("Telephone")).toBe(true);
    const { result, output } = await clean(await photo());
    expect(result).toEqual({ ok: true, type: "image/jpeg", rewritten: true });
    const after = await sharp(output).metadata();
    expect([after.format, after.width, after.height]).toEqual(["jpeg", 80, 120]);
    expect([after.exif, after.orientation, after.xmp, after.iptc]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect((await readFile(output)).includes("Telephone")).toBe(false);
  });

  test("the place in an XMP packet goes, too", async () => {
    const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>51.5N</place></x:xmpmeta>';
    const png = await sharp(await plain())
      .withXmp(xmp)
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).xmp?.includes("51.5N")).toBe(true);
    const { result, output } = await clean(png);
    expect(result).toEqual({ ok: true, type: "image/png", rewritten: true });
    expect((await sharp(output).metadata()).xmp).toBeUndefined();
    expect((await sharp(output).raw().toBuffer()).equals(await sharp(png).raw().toBuffer())).toBe(true);
  });

  test("an animation stays one: untouched, or encoded anew with all its frames", async () => {
    for (const format of ["gif", "webp"] as const) {
      const { result } = await clean(await animation(format));
      expect(result).toEqual({ ok: true, type: `image/${format}`, rewritten: false });
    }
    const tagged = await sharp(await animation("webp"), { animated: true })
      .withExif({ IFD0: { Artist: "Somebody" } })
      .webp()
      .toBuffer();
    const { result, output } = await clean(tagged);
    expect(result).toEqual({ ok: true, type: "image/webp", rewritten: true });
    const { pages, exif } = await sharp(output).metadata();
    expect([pages, exif]).toEqual([3, undefined]);
  });
});
