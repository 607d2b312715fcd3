import * as z from "zod";
import { type QueueInput, type QueueOutput, queue } from "../../linearizability/models/queue.ts";
import { RecordedLoad, type RecordedLoadOptions } from "./recorded-load.ts";

/** Rooms. */
const KEYS = ["red", "blue"];
/** Few tracks, so that callers meet. */
const TRACKS = 4;

const Track = z.object({
  id: z.union([z.int(), z.string()]),
  title: z.string(),
  artist: z.string(),
  duration: z.int(),
  votes: z.int(),
});
const outcomes = [
  "added",
  "unchanged",
  "conflict",
  "removed",
  "absent",
  "voted",
  "playing",
  "empty",
  "cleared",
] as const;
const Changed = z.object({ outcome: z.enum(outcomes), index: z.int(), track: Track.optional() });

type Options<State> = Pick<RecordedLoadOptions<State, QueueInput, QueueOutput>, "world" | "clients" | "random">;

export function queueLoad(options: Options<unknown>) {
  return new RecordedLoad({
    ...options,
    group: "queue",
    model: queue,
    keys: KEYS,
    draw: (random, unique): QueueInput => {
      const id = random.integer(1, TRACKS);
      switch (random.integer(0, 9)) {
        case 0:
          return { name: "removeTrack", id };
        case 1:
        case 2:
          return { name: "vote", id, up: random.chance(0.5) };
        case 3:
          return { name: "playNext" };
        case 4:
          return random.chance(0.2) ? { name: "clear" } : { name: "history" };
        case 5:
        case 6:
          return { name: "list" };
        default:
          return { name: "addTrack", track: { id, title: `t${unique}`, artist: "a", duration: 1, votes: 0 } };
      }
    },
    request: (room, { name, ...input }) => ({ name, input: { room, ...input } }),
    read: (_, { name }, value): QueueOutput => {
      if (name === "list" || name === "history") return { tracks: z.array(Track).parse(value) };
      const { outcome, index, track } = Changed.parse(value);
      return { outcome, index, track };
    },
  });
}
