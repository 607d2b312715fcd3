/** A file of tracks for the first start: `{"queue": {"<room>": [Track, …]}}`. */
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { bindCore } from "../../consensus-nodes/client/core.ts";
import type { CoreChannel } from "../../consensus-nodes/client/core-channel.ts";
import { InRoom } from "../../functions/queue/room.ts";
import { NewTrack } from "../../functions/queue/track.ts";
import { Refusal } from "../supervisor/refusal.ts";

/** Milliseconds for one room: the cluster is just being made. */
const PATIENCE_MS = 10_000;

const Seed = z.strictObject({ queue: z.record(InRoom.shape.room.unwrap(), z.array(NewTrack)) });
export type Seed = z.infer<typeof Seed>;

/** @throws {Refusal} naming what is wrong with the file. */
export async function readSeed(path: string): Promise<Seed> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new Refusal(`--seed ${path}: ${error instanceof Error ? error.message : error}`, 2);
  }
  const seed = Seed.safeParse(content);
  if (seed.success) return seed.data;
  const [issue] = seed.error.issues;
  throw new Refusal(`--seed ${path}: ${issue?.path.join(".") || "the whole"}: ${issue?.message}`, 2);
}

/** Fills rooms that are still empty. Doing it twice is doing it once. */
export async function sow(seed: Seed, channel: CoreChannel): Promise<void> {
  for (const [room, tracks] of Object.entries(seed.queue)) {
    const core = bindCore(channel, { deadline: Date.now() + PATIENCE_MS });
    const { outcome } = await core.queue.sync({ room, tracks });
    if (outcome !== "synchronized") throw new Refusal(`--seed: room ${room} was not taken: ${outcome}`);
  }
}
