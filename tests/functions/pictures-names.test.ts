import fc from "fast-check";
import { expect, test } from "vitest";
import { safeFilename } from "../../consensus-nodes/client/picture-name.ts";

const bytesOf = (text: string) => Buffer.byteLength(text);

test.each([
  ["sunset.jpg", "sunset.jpg"],
  ["../../etc/passwd", "passwd"],
  ["C:\\Users\\me\\Bild 1.png", "Bild 1.png"],
  ["a\u0000.png", "a.png"],
  ["..hidden.png", "hidden.png"],
  [" . .a.png ", "a.png"],
  ["a\u202egnp.exe", "agnp.exe"],
  ["u\u0308.png", "\u00fc.png"],
  ["写真🎵.avif", "写真🎵.avif"],
  ["__proto__", "__proto__"],
])("%j is called %j", (given, safe) => {
  expect(safeFilename(given)).toBe(safe);
});

test.each(["", "/", "..", "...", "a/", "\u0000", " ", "\\"])("%j names no file", (given) => {
  expect(safeFilename(given)).toBeUndefined();
});

test("a long name is cut at a character and keeps its extension", () => {
  const cut = safeFilename(`${"🎵".repeat(100)}.jpeg`) ?? "";
  expect(cut).toMatch(/^(🎵)+\.jpeg$/u);
  expect(bytesOf(cut)).toBeLessThanOrEqual(255);
  expect(bytesOf(cut)).toBeGreaterThan(255 - 4);
});

test("whatever is sent, the name is safe, and safe names stay as they are", () => {
  const hostile = fc.array(
    fc.oneof(fc.constantFrom("..", "/", "\\", ".", "\u0000", "\u202e", "🎵", "\ud800"), fc.string({ unit: "binary" })),
  );
  fc.assert(
    fc.property(
      hostile.map((parts) => parts.join("")),
      (given) => {
        const safe = safeFilename(given);
        if (safe === undefined) return;
        expect(safe).not.toMatch(/[/\\\p{Cc}]/u);
        expect(safe).not.toMatch(/^[.\s]/);
        expect(safe.isWellFormed()).toBe(true);
        expect(bytesOf(safe)).toBeLessThanOrEqual(255);
        expect(safeFilename(safe)).toBe(safe);
      },
    ),
  );
});
