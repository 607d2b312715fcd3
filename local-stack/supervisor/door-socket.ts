/** How the socket in the data folder is reached. */
import { relative } from "node:path";
import type { DataFolder } from "./data-folder.ts";
import { Refusal } from "./refusal.ts";

/** sun_path holds 104 bytes on macOS, 108 on Linux, a closing zero byte included. */
const LONGEST = 103;

/** As short as it can be written from here. @throws {Refusal} when that is too long for a socket. */
export function doorSocket(folder: DataFolder): string {
  const near = relative(process.cwd(), folder.door);
  const path = near.length < folder.door.length ? near : folder.door;
  if (Buffer.byteLength(path) > LONGEST) {
    throw new Refusal(`the path ${folder.path} is too long for a socket: choose a shorter folder with --data`, 2);
  }
  return path;
}
