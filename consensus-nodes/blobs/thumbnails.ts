/** Small copies of the pictures of this node: made when first wanted, kept beside the picture, removed with it. */
import { rename, rm } from "node:fs/promises";
import type { Images } from "./images.ts";
import type { PictureStore } from "./picture-store.ts";
import { type Readable, readFileAs } from "./read-held.ts";

export class Thumbnails {
  readonly #store: PictureStore;
  readonly #images: Images;

  constructor(store: PictureStore, images: Images) {
    this.#store = store;
    this.#images = images;
  }

  /** @returns undefined when this node does not hold the picture. */
  async open(filename: string): Promise<Readable | undefined> {
    const picture = this.#store.find(filename);
    if (picture === undefined) return undefined;
    // Its tag tells thumbnails of different pictures apart; it is no hash of its own bytes.
    const head = { type: "image/webp", sha256: picture.sha256 };
    const path = this.#store.thumbnailPath(picture);
    return (await readFileAs(path, head)) ?? this.#make(filename, path, head);
  }

  async #make(filename: string, path: string, head: { type: string; sha256: string }): Promise<Readable | undefined> {
    const draft = this.#store.staging.newFile();
    try {
      const input = this.#store.pathOf(filename, "bin");
      const made = await this.#images.run({ job: "thumbnail", input, output: draft });
      if (this.#store.find(filename)?.sha256 !== head.sha256) return undefined;
      if (!made.ok) throw new Error(`no thumbnail: ${made.detail}`);
      await rename(draft, path);
      return await readFileAs(path, head);
    } finally {
      await rm(draft, { force: true });
    }
  }
}
