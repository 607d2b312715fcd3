/** Pictures to share, made on the spot. */
import sharp from "sharp";

let made = 0;

/** A photo as a telephone makes it: lying on its side, 120 × 80 as it is to be seen 80 × 120, with the place it was taken at. */
export function photo(): Promise<Buffer> {
  return noise(120, 80)
    .withExif({
      IFD0: { Make: "Telephone", Artist: "Somebody" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
    })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** A picture that says nothing of its maker; no two are alike. */
export function plain(format: "png" | "jpeg" | "gif" | "webp" | "avif" = "png"): Promise<Buffer> {
  return noise(24, 16)[format]().toBuffer();
}

/** Three frames of 20 × 20. */
export async function animation(format: "gif" | "webp"): Promise<Buffer> {
  const frames = await Promise.all(
    ["red", "green", "blue"].map((background) =>
      sharp({ create: { width: 20, height: 20, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } })
    [format]()
    .toBuffer();
}

/** Few bytes, many pixels. */
export function bomb(): Promise<Buffer> {
  return sharp({ create: { width: 10_000, height: 5_000, channels: 3, background: "black" } })
    .png()
    .toBuffer();
}

function noise(width: number, height: number) {
  made += 1;
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + i * made * 7) % 251);
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}
