/** What must survive a power cut, as steps of a file system. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export class Disk {
  readonly #onFailure: (error: Error) => void;

  /** @param onFailure a sync failed: what was written since the last one may be lost, so nothing may be acknowledged any more. */
  constructor(onFailure: (error: Error) => void) {
    this.#onFailure = onFailure;
  }

  /** Of a file its bytes, of a folder its names. */
  async sync(path: string): Promise<void> {
    const file = await open(path, "r");
    try {
      await file.sync();
    } catch (error) {
      this.#onFailure(error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Durable under its new name when it returns, if its bytes were synced before. @returns false when there is no such file. */
  async move(from: string, to: string): Promise<boolean> {
    try {
      await rename(from, to);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    await this.sync(dirname(to));
    return true;
  }

  /** The old file or the new one, whenever the power fails; durable when it returns. */
  async replace(path: string, text: string): Promise<void> {
    const draft = `${path}.draft`;
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await this.sync(draft);
    await this.move(draft, path);
  }

  /** Gone for good when it returns; so it is when it was not there. */
  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
    await this.sync(dirname(path));
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
