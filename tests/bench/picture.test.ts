import { expect, test } from "vitest";
import { drawPicture, PictureFile, type PictureLine } from "./picture.ts";

const line = (name: string, nodes: number | null, connections: number): PictureLine => {
  return { name, nodes, connections, rate: 100 * connections, p50: 1, p99: 10 };
};
const lines = [
  ...[1, 64].flatMap((count) =>
    [3, 5].flatMap((nodes) => [line("Tutti, node", nodes, count), line("etcd", nodes, count)]),
  ),
  ...[1, 64].map((count) => line("Hono echo", null, count)),
];

/** How many strokes have that colour. */
const colored = (svg: string, color: string) => svg.match(new RegExp(`stroke="${color}"`, "g"))?.length ?? 0;

test("a picture names every target, and has its curve in each of the three panels of every cluster size", () => {
  const svg = drawPicture(lines);
  for (const name of ["Tutti, node", "etcd", "Hono echo"]) expect(svg).toContain(`>${name}</text>`);
  for (const nodes of [3, 5]) {
    for (const figure of ["adds per second", "p50, ms", "p99, ms"])
      expect(svg).toContain(`>${figure}; ${nodes} nodes</text>`);
  }
  const without = drawPicture(lines.filter(({ name }) => name !== "etcd"));
  expect(colored(without, "#e0731d")).toBe(0);
  // Three panels for each of two sizes, and the legend.
  expect(colored(svg, "#e0731d")).toBeGreaterThanOrEqual(7);
});

test("a picture is drawn on no ground of its own, and loads nothing", () => {
  const svg = drawPicture(lines);
  expect(svg).toMatch(/^<svg /);
  expect(svg).not.toMatch(/<rect [^>]*fill="(?!none)/);
  expect(svg).not.toMatch(/@import|@font-face|url\((?!#)|href=|<script/);
});

test("a picture is drawn from what --json wrote, where what failed is null", () => {
  const [first, ...others] = lines;
  const json = JSON.stringify({ time: "now", adds: [{ ...first, p99: Number.NaN, rounds: [] }, ...others] });
  expect(drawPicture(PictureFile.parse(JSON.parse(json)).adds)).toContain("<svg ");
});

test("a run without adds has no picture", () => {
  expect(() => drawPicture([])).toThrow(/none were measured/);
});
