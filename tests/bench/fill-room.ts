/** Puts tracks into a room, by the core client, without the gateway. */
import type { Core } from "../../consensus-nodes/client/core.ts";
import { inParallel } from "./in-parallel.ts";

/** At a time: what fills batches. */
const CALLERS = 512;

export function sampleId(number: number): string {
  return `bench-${number}`;
}

/** Tracks 0 to `count` - 1. @throws {Error} when one is not taken */
export async function fillRoom(core: Core, room: string, count: number): Promise<void> {
  await inParallel(count, CALLERS, (number) => addSample(core, room, number));
}

export async function addSample(core: Core, room: string, number: number): Promise<void> {
  const track = {
    id: sampleId(number),
    title: `Song number ${number}`,
    artist: `Artist ${number % 1000}`,
    duration: 180,
  };
  const { outcome } = await core.queue.addTrack({ room, track });
  if (outcome !== "added") throw new Error(`a track was not added: ${outcome}`);
}
