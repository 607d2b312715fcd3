/** PictureService on the picture nodes' own ports, driven by stubs in another language. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plain } from "../consensus/blobs/sample-pictures.ts";
import { drivePython, type PythonReplies, pythonGrpcIsHere } from "./python-stubs.ts";
import type { RunningStack } from "./running-stack.ts";

const NODES = [1, 2, 3, 4];

/** Finds no pictures, and leaves none. */
export function picturesGrpcSuite(running: () => RunningStack): void {
  describe.skipIf(!pythonGrpcIsHere())("PictureService by generated Python stubs", () => {
    let folder: string;
    let replies: PythonReplies;
    const all = (name: string) => replies.get(name) ?? [];
    const first = (name: string) => all(name)[0];

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "tutti-picture-"));
      const picture = join(folder, "picture.png");
      writeFileSync(picture, await plain());
      const addresses = NODES.map((id) => running().node(id));
      replies = await drivePython("pictures_client.py", ["pictures.proto"], picture, ...addresses);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    // An absent field in proto3 JSON is its default: false, 0, an empty string.
    test("a picture is shared on the node that is asked, liked, listed and found on any", () => {
      expect(first("Health")).toEqual({ reply: { status: "healthy", node: "2" } });
      expect(first("Upload")).toEqual({ reply: { success: true, node: "1" } });
      expect(first("Upload again")).toEqual({ reply: { success: true, node: "1" } });
      expect(first("Search")).toEqual({ reply: { found: true, node: "1" } });
      expect(first("Search unknown")).toEqual({ reply: {} });
      expect(first("Like")).toEqual({ reply: { success: true, likes: 1 } });
      expect(first("Like unknown")).toEqual({ reply: {} });
      expect(first("List")).toEqual({ reply: { pictures: { "a.png": { likes: 1, node: "1" } } } });
      expect(first("Download")).toEqual({ reply: { found: true, same: true } });
      expect(first("Download elsewhere")).toEqual({ reply: {} });
      expect(first("Delete elsewhere")).toEqual({ reply: {} });
      expect(first("Upload to delete")).toEqual({ reply: { success: true, node: "2" } });
      expect(first("Delete")).toEqual({ reply: { success: true } });
      expect(first("Delete again")).toEqual({ reply: {} });
    });

    test("what is no picture, has no name or is too large is refused", () => {
      expect(first("Upload no picture")).toEqual({ code: "INVALID_ARGUMENT" });
      expect(first("Upload no name")).toEqual({ code: "INVALID_ARGUMENT" });
      expect(first("Upload too large")).toEqual({ code: "RESOURCE_EXHAUSTED" });
    });

    test("a coordinator outside: a node that does not hold it votes no, and after the abort every copy stays", () => {
      expect(all("abort vote")).toEqual([
        { reply: { vote_granted: true, node_id: "1" } },
        ...["2", "3", "4"].map((id) => ({ reply: { node_id: id } })),
      ]);
      expect(all("abort decision")).toEqual(
        ["1", "2", "3", "4"].map((id) => ({ reply: { success: true, node_id: id } })),
      );
      expect(first("Search after abort")).toEqual({ reply: { found: true, node: "1", likes: 1 } });
    });

    test("what one coordinator has locked, another does not get", () => {
      expect(first("lock")).toEqual({ reply: { vote_granted: true, node_id: "1" } });
      expect(first("locked")).toEqual({ reply: { node_id: "1" } });
      expect(first("unlock")).toEqual({ reply: { success: true, node_id: "1" } });
    });

    test("all hold it: committed, gone from every disk and from the catalog; the first decision holds", () => {
      const yes = ["1", "2", "3", "4"].map((id) => ({ reply: { vote_granted: true, node_id: id } }));
      expect(all("commit vote")).toEqual(yes);
      expect(all("commit decision")).toEqual(
        ["1", "2", "3", "4"].map((id) => ({ reply: { success: true, node_id: id } })),
      );
      expect(first("abort contradiction")).toEqual({ reply: { node_id: "1" } });
      expect(first("commit contradiction")).toEqual({ reply: { node_id: "1" } });
      expect(first("Search after commit")).toEqual({ reply: {} });
      expect(first("List after commit")).toEqual({ reply: {} });
    });
  });
}
