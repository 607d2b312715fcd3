/** Rooms: many queues behind one set of functions. */
import * as z from "zod";

const ROOM_RULE = "must be 1 to 64 letters, digits, - and _";

/** The bare paths are those of the room `main`. */
export const InRoom = z.object({
  room: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, ROOM_RULE)
    .meta({ description: "The room's name: 1 to 64 letters, digits, - and _.", example: "main" })
    .default("main"),
});

/** The path as it stands, and in any room. */
export function inRooms(path: string): readonly string[] {
  return [path, `/rooms/:room${path}`];
}
