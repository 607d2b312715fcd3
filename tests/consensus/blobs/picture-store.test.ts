/** A node's pictures on a real disk, as two-phase commit drives them. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PictureStore } from "../../../consensus-nodes/blobs/picture-store.ts";
import type { PictureOperation } from "../../../consensus-nodes/wire/picture-operation.ts";

let folder: string;
let told: string[];
let store: PictureStore;

function open(): PictureStore {
  return new PictureStore({
    folder,
    onFailure: (error) => expect.fail(String(error)),
    voteAbort: (id) => id === "told to abort",
    tellCatalog: async (filename) => void told.push(filename),
  });
}

/** The process has ended, however; another one begins. */
function reopen(waiting: readonly string[] = []): void {
  store.close();
  store = open();
  store.keepPromised(waiting);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tutti-store-"));
  told = [];
  store = open();
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

interface Sample {
  readonly bytes: Buffer;
  readonly store: string;
  readonly remove: string;
}

function sample(filename: string): Sample {
  const bytes = randomBytes(1000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const operation: PictureOperation = { pictures: "store", filename, sha256, size: bytes.length, type: "image/png" };
  return { bytes, store: JSON.stringify(operation), remove: JSON.stringify({ pictures: "remove", filename }) };
}

async function stage({ bytes }: Sample): Promise<void> {
  const path = store.staging.newFile();
  await writeFile(path, bytes);
  await store.staging.add(path, createHash("sha256").update(bytes).digest("hex"));
}

async function hold(filename: string): Promise<Sample> {
  const picture = sample(filename);
  await stage(picture);
  expect(await store.check("earlier", picture.store)).toBeUndefined();
  await store.commit("earlier", picture.store);
  return picture;
}

async function read(filename: string): Promise<Buffer | undefined> {
  const opened = await store.open(filename);
  try {
    return await opened?.file.readFile();
  } finally {
    await opened?.file.close();
  }
}

async function files(): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe("votes", () => {
  test("yes to a store only when exactly these bytes are laid ready", async () => {
    const picture = sample("a.png");
    expect(await store.check("t", picture.store)).toBe("its bytes are not laid ready");
    await stage(sample("a.png"));
    expect(await store.check("t", picture.store)).toBe("its bytes are not laid ready");
    await stage(picture);
    expect(await store.check("t", picture.store)).toBeUndefined();
  });

  test("no to another picture under a name that is taken; yes to the same one", async () => {
    const held = await hold("a.png");
    const other = sample("a.png");
    await stage(other);
    expect(await store.check("t", other.store)).toBe("another picture of that name is here");
    expect(await store.check("t", held.store)).toBeUndefined();
  });

  test("no to a remove of what is not here; no when the node is told to vote abort", async () => {
    expect(await store.check("t", sample("a.png").remove)).toBe("the picture is not here");
    const held = await hold("a.png");
    expect(await store.check("t", held.remove)).toBeUndefined();
    expect(await store.check("told to abort", held.remove)).toBe("told to vote abort");
  });
});

describe("outcomes", () => {
  test("a stored picture is here after a restart, byte for byte; a removed one is not, nor is anything left of it", async () => {
    const held = await hold("ümlaut 🎵.png");
    reopen();
    expect(store.find("ümlaut 🎵.png")).toMatchObject({ size: 1000, type: "image/png" });
    expect((await read("ümlaut 🎵.png"))?.equals(held.bytes)).toBe(true);
    await store.commit("t", held.remove);
    expect(await read("ümlaut 🎵.png")).toBeUndefined();
    reopen();
    expect(store.find("ümlaut 🎵.png")).toBeUndefined();
    expect(await files()).toEqual([]);
  });

  test("a promise is kept over a restart, and nothing else is", async () => {
    const promised = sample("promised.png");
    const forgotten = sample("forgotten.png");
    for (const picture of [promised, forgotten]) await stage(picture);
    await stage(sample("waiting.png"));
    expect(await store.check("promised", promised.store)).toBeUndefined();
    expect(await store.check("forgotten", forgotten.store)).toBeUndefined();
    reopen(["promised"]);
    expect(await files()).toHaveLength(1);
    await store.commit("promised", promised.store);
    expect((await read("promised.png"))?.equals(promised.bytes)).toBe(true);
  });

  test("carried out twice is as once, also with a restart between", async () => {
    const held = await hold("a.png");
    await store.commit("earlier", held.store);
    reopen(["earlier"]);
    await store.commit("earlier", held.store);
    expect((await read("a.png"))?.equals(held.bytes)).toBe(true);
    await store.commit("t", held.remove);
    await store.commit("t", held.remove);
    reopen(["t"]);
    await store.commit("t", held.remove);
    expect(store.find("a.png")).toBeUndefined();
  });

  test("a crash between the bytes and their description is mended by carrying it out again", async () => {
    const held = await hold("a.png");
    await rm(store.pathOf("a.png", "json"));
    reopen(["earlier"]);
    expect(store.find("a.png")).toBeUndefined();
    await store.commit("earlier", held.store);
    expect((await read("a.png"))?.equals(held.bytes)).toBe(true);
  });

  test("an aborted store lays its bytes ready again, until they are swept", async () => {
    const picture = sample("a.png");
    await stage(picture);
    expect(await store.check("first", picture.store)).toBeUndefined();
    await store.abort("first", picture.store);
    expect(store.find("a.png")).toBeUndefined();
    expect(await store.check("second", picture.store)).toBeUndefined();
    await store.abort("second", picture.store);
    await store.staging.sweep(performance.now());
    expect(await files()).toEqual([]);
  });

  test("two names may have the same bytes; each stays when the other goes", async () => {
    const one = await hold("one.png");
    const two = { ...one, store: one.store.replace("one.png", "two.png") };
    await stage(two);
    expect(await store.check("t", two.store)).toBeUndefined();
    await store.commit("t", two.store);
    await store.commit("u", one.remove);
    expect((await read("two.png"))?.equals(one.bytes)).toBe(true);
  });

  test("only a remove for a coordinator outside tells the catalog", async () => {
    const held = await hold("a.png");
    await store.commit("t", held.remove);
    expect(told).toEqual([]);
    await store.commit("u", JSON.stringify({ pictures: "remove", filename: "a.png", tell: true }));
    expect(told).toEqual(["a.png"]);
  });
});

test("no name on the disk comes from a user", async () => {
  const names = ["..", "a/b", "con", "\n", "x".repeat(255)];
  for (const name of names) await hold(name);
  for (const name of await files()) expect(name).toMatch(/^[0-9a-f]{64}\.(bin|json)$/);
});

test("bytes that are shorter than they were, or gone, are refused by name", async () => {
  await hold("a.png");
  const path = store.pathOf("a.png", "bin");
  await truncate(path, 999);
  expect(() => open()).toThrow(`${path}, offset 999: 1000 bytes of a picture should be here`);
  await rm(path);
  expect(() => open()).toThrow(`${path}, offset 0`);
});
