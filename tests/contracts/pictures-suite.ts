/** Picture sharing by REST, as its clients use it, over a stack of real processes. */
import { readdir, readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { bomb, photo, plain } from "../consensus/blobs/sample-pictures.ts";
import { eventually } from "../consensus/cluster/test-cluster.ts";
import type { RunningStack } from "./running-stack.ts";

const NODES = ["1", "2", "3", "4"];
/** Every field that these tests look into; the list's are file names. */
const Answer = z.looseObject({
  error: z.string().optional(),
  status: z.string().optional(),
  reason: z.string().optional(),
  transaction_id: z.string().optional(),
  filename: z.string().optional(),
  likes: z.number().optional(),
  nodes: z.unknown().optional(),
  replicas: z.array(z.string()).optional(),
});
const Listed = z.record(z.string(), z.object({ likes: z.number(), node: z.string(), upload_time: z.number() }));

export function picturesSuite(running: () => RunningStack): void {
  let stack: RunningStack;
  beforeAll(() => {
    stack = running();
  });

  async function call(method: string, path: string, init: RequestInit = {}) {
    const response = await fetch(`${stack.http}${path}`, { method, ...init });
    const body = Answer.parse(await response.json());
    return { status: response.status, body };
  }

  function upload(bytes: Buffer, name: string, { query = "", headers = {} } = {}) {
    const body = new FormData();
    body.set("file", new Blob([new Uint8Array(bytes)]), name);
    return call("POST", `/upload${query}`, { body, headers });
  }

  async function download(name: string) {
    const response = await fetch(`${stack.http}/download/${encodeURIComponent(name)}`);
    return { headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  const list = async () => (await fetch(`${stack.http}/list`)).json();
  const replicas = async (name: string) => (await call("GET", `/pictures/${name}/replicas`)).body.replicas;

  /** Files of the picture nodes that are neither held nor thumbnails. */
  async function leftovers(): Promise<string[]> {
    const folders = NODES.flatMap((id) => ["staging", "promised"].map((name) => nodeFolder(id, name)));
    return (await Promise.all(folders.map((folder) => readdir(folder)))).flat();
  }
  const nodeFolder = (id: string, name: string) => join(stack.data, "nodes", id, "pictures", name);

  /** A line is written a moment after what it tells. */
  function coordinatorLogs(line: string): Promise<boolean> {
    return eventually(line, 3000, async () => {
      const lines = await readFile(join(stack.data, "logs", "node-0.log"), "utf8");
      return lines.split("\n").some((logged) => logged === line);
    });
  }

  test("a photo is on all nodes, upright and without its place; liked, listed, found, downloaded", async () => {
    expect(await upload(await photo(), "sunset 🌅.jpg")).toMatchObject({
      status: 200,
      body: { success: true, filename: "sunset 🌅.jpg", node: "1" },
    });
    expect(await replicas(encodeURIComponent("sunset 🌅.jpg"))).toEqual(NODES);
    const path = encodeURIComponent("sunset 🌅.jpg");
    expect((await call("POST", `/like/${path}`)).body).toEqual({ success: true, likes: 1 });
    expect((await call("POST", `/like/${path}`)).body).toEqual({ success: true, likes: 2 });
    const { body: found } = await call("GET", `/search/${path}`);
    expect(found).toEqual({ found: true, filename: "sunset 🌅.jpg", node: "1", likes: 2 });
    const { "sunset 🌅.jpg": listed } = Listed.parse(await list());
    expect(listed).toMatchObject({ likes: 2, node: "1" });
    expect(Math.abs((listed?.upload_time ?? 0) - Date.now() / 1000)).toBeLessThan(60);

    const { headers, bytes } = await download("sunset 🌅.jpg");
    expect(headers.get("content-type")).toBe("image/jpeg");
    expect(headers.get("content-disposition")).toBe(
      "attachment; filename=\"sunset __.jpg\"; filename*=UTF-8''sunset%20%F0%9F%8C%85.jpg",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(Number(headers.get("content-length"))).toBe(bytes.length);
    const { width, height, exif, orientation } = await sharp(bytes).metadata();
    expect([width, height, exif, orientation]).toEqual([80, 120, undefined, undefined]);

    const thumbnail = await fetch(`${stack.http}/pictures/${path}/thumbnail`);
    expect(thumbnail.headers.get("content-type")).toBe("image/webp");
    expect((await sharp(await thumbnail.arrayBuffer()).metadata()).height).toBe(120);
  });

  test("a picture that tells nothing comes back byte for byte, by what it is and not by what it is called", async () => {
    const png = await plain("png");
    expect((await upload(png, "called.jpg")).status).toBe(200);
    const { headers, bytes } = await download("called.jpg");
    expect(headers.get("content-type")).toBe("image/png");
    expect(bytes.equals(png)).toBe(true);
  });

  test("delete-2pc of a picture that all nodes hold: COMMITTED, and it is gone everywhere", async () => {
    await upload(await plain(), "everywhere.png");
    expect(await replicas("everywhere.png")).toEqual(NODES);
    const { status, body } = await call("DELETE", "/delete-2pc/everywhere.png");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      transaction_id: expect.stringMatching(/./),
      status: "COMMITTED",
      details: ["ACK", "ACK", "ACK", "ACK"],
    });
    expect((await call("GET", "/search/everywhere.png")).body).toEqual({ found: false });
    expect((await call("GET", "/pictures/everywhere.png/replicas")).status).toBe(404);
    expect((await call("GET", "/download/everywhere.png")).status).toBe(404);
    expect((await call("DELETE", "/delete-2pc/everywhere.png")).status).toBe(404);

    for (const id of NODES) {
      await coordinatorLogs(`Phase vote of Node 0 sends RPC RequestVote to Phase vote of Node ${id}.`);
      await coordinatorLogs(`Node 0 sends RPC VoteRequest to Node ${id}`);
      await coordinatorLogs(`Node 0 sends RPC GlobalCommit to Node ${id}`);
    }
  });

  test("delete-2pc of a picture on one node: ABORTED, and it stays", async () => {
    const png = await plain();
    expect((await upload(png, "single.png", { query: "?node=2" })).body).toMatchObject({ success: true, node: "2" });
    expect(await replicas("single.png")).toEqual(["2"]);
    expect((await call("DELETE", "/delete-2pc/single.png")).body).toMatchObject({
      status: "ABORTED",
      details: expect.arrayContaining(["ACK"]),
      reason: expect.stringContaining("the picture is not here"),
    });
    expect(await replicas("single.png")).toEqual(["2"]);
    expect((await download("single.png")).bytes.equals(png)).toBe(true);
    await coordinatorLogs("Node 0 sends RPC GlobalAbort to Node 2");
    // Shared with the others, it can go.
    expect((await upload(png, "single.png")).body.nodes).toEqual(NODES);
    expect((await call("DELETE", "/delete-2pc/single.png")).body.status).toBe("COMMITTED");
  });

  test("delete removes one copy after the other", async () => {
    await upload(await plain(), "copies.png");
    expect((await call("DELETE", "/delete/copies.png?node=3")).body).toMatchObject({ success: true });
    expect(await replicas("copies.png")).toEqual(["1", "2", "4"]);
    expect((await call("DELETE", "/delete/copies.png?node=3")).status).toBe(404);
    expect((await call("DELETE", "/delete/copies.png")).body).toMatchObject({ success: true });
    expect(await replicas("copies.png")).toEqual(["2", "4"]);
    for (const _ of ["2", "4"]) await call("DELETE", "/delete/copies.png");
    expect((await call("DELETE", "/delete/copies.png")).status).toBe(404);
    expect((await call("GET", "/search/copies.png")).body).toEqual({ found: false });
  });

  test("a name that is taken: the same picture again succeeds, another one is a conflict", async () => {
    const png = await plain();
    await upload(png, "taken.png");
    await call("POST", "/like/taken.png");
    expect((await upload(png, "taken.png")).status).toBe(200);
    expect((await upload(await plain(), "taken.png")).status).toBe(409);
    expect((await call("GET", "/search/taken.png")).body.likes).toBe(1);
    expect((await download("taken.png")).bytes.equals(png)).toBe(true);
  });

  test("under an Idempotency-Key a deletion gives the first answer again, also when there is a new picture", async () => {
    const headers = { "idempotency-key": "a deletion" };
    await upload(await plain(), "again.png");
    const first = await call("DELETE", "/delete-2pc/again.png", { headers });
    const second = await call("DELETE", "/delete-2pc/again.png", { headers });
    expect(second.body).toMatchObject({ transaction_id: first.body.transaction_id, status: "COMMITTED" });
    await upload(await plain(), "again.png");
    expect((await call("DELETE", "/delete-2pc/again.png", { headers })).body.status).toBe("COMMITTED");
    expect(await replicas("again.png")).toEqual(NODES);
    expect((await call("DELETE", "/delete-2pc/taken.png", { headers })).status).toBe(422);
  });

  test("names that are none, or are more than one", async () => {
    const png = await plain();
    expect((await upload(png, "../../etc/passwd")).body.filename).toBe("passwd");
    expect((await upload(png, "a\u0000.png")).body.filename).toBe("a.png");
    expect((await upload(png, "__proto__")).body.filename).toBe("__proto__");
    expect(Object.keys(Object(await list()))).toEqual(expect.arrayContaining(["passwd", "a.png", "__proto__"]));
    expect((await download("../../etc/passwd")).bytes.equals(png)).toBe(true);
    for (const empty of ["..", "/", "\u0001"]) expect((await upload(png, empty)).status).toBe(400);
    const nobody = encodeURIComponent("../..");
    expect((await call("GET", `/search/${nobody}`)).body).toEqual({ found: false });
    for (const [method, path] of [
      ["GET", `/download/${nobody}`],
      ["POST", `/like/${nobody}`],
      ["DELETE", `/delete/${nobody}`],
      ["DELETE", `/delete-2pc/${nobody}`],
    ] as const) {
      expect((await call(method, path)).status).toBe(404);
    }
  });

  test("what is no picture, too large, or no form is refused with a reason", async () => {
    const file = (name: string) => ["content-disposition: form-data; name=", name, "\r\n\r\nx\r\n--b--\r\n"].join("");
    const form = (part: string) => ({
      body: `--b\r\n${part}`,
      headers: { "content-type": "multipart/form-data; boundary=b" },
    });
    const refusals: readonly [number, ReturnType<typeof call>][] = [
      [415, upload(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "a.svg")],
      [415, upload(Buffer.from("plain text"), "a.png")],
      [415, upload(Buffer.alloc(0), "a.png")],
      [422, upload((await photo()).subarray(0, 2000), "a.jpg")],
      [413, upload(await bomb(), "bomb.png")],
      [413, upload(Buffer.alloc(10 * 1024 * 1024 + 1), "large.png")],
      [413, upload(Buffer.alloc(11 * 1024 * 1024), "larger.png")],
      [422, upload(await plain(), "a.png", { query: "?node=0" })],
      [422, upload(await plain(), "a.png", { query: "?node=../1" })],
      [400, call("POST", "/upload")],
      [400, call("POST", "/upload", { body: "text", headers: { "content-type": "text/plain" } })],
      [400, call("POST", "/upload", form(file('"file"')))],
      [400, call("POST", "/upload", form(file('"file"; filename=""')))],
      [400, call("POST", "/upload", form(file('"other"; filename="a.png"')))],
      [400, call("POST", "/upload", { body: "--b\r\n", headers: { "content-type": "multipart/form-data" } })],
    ];
    for (const [position, [status, refused]] of refusals.entries()) {
      const answer = await refused;
      expect([position, answer.status]).toEqual([position, status]);
      expect(answer.body.error).toMatch(/./);
    }
    expect((await call("GET", "/search/a.svg")).body).toEqual({ found: false });
  });

  test("an upload that is cut off half way leaves nothing", async () => {
    const before = new Set(await leftovers());
    const fresh = async () => (await leftovers()).some((name) => !before.has(name));
    const picture = await photo();
    const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="cut.jpg"\r\n\r\n`;
    await new Promise<void>((resolve, reject) => {
      const sending = request(`${stack.http}/upload`, {
        method: "POST",
        headers: {
          "content-type": "multipart/form-data; boundary=b",
          "content-length": head.length + picture.length + 9,
        },
      });
      sending.on("error", () => resolve());
      sending.on("response", () => reject(new Error("an answer to half a request")));
      sending.write(head);
      sending.write(picture.subarray(0, picture.length / 2), () => {
        // It has begun to arrive.
        eventually("a file that arrives", 3000, fresh).then(() => sending.destroy(), reject);
      });
    });
    await eventually("nothing is left of it", 3000, async () => !(await fresh()));
    expect((await call("GET", "/search/cut.jpg")).body).toEqual({ found: false });
    // Nor of a form that ends without its end.
    const body = Buffer.concat([Buffer.from(head), picture]);
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    expect((await call("POST", "/upload", { body, headers })).status).toBe(400);
    expect((await call("GET", "/search/cut.jpg")).body).toEqual({ found: false });
  });

  test("health names a node", async () => {
    expect((await call("GET", "/health")).body).toEqual({ status: "healthy", node: "1" });
  });
}
