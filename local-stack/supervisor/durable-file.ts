/** A small file that is either the old one or the new one, whenever the power fails. */
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

export async function writeDurably(path: string, value: object): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await renameDurably(draft, path);
}

/** The file must be synced already. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  const folder = await open(dirname(to));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
