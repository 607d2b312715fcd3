/** Adds as our gateway takes them. */
import { httpProtocol } from "../load/http-protocol.ts";
import type { Protocol } from "../load/protocol.ts";
import { sampleTrack } from "../load/sample-track.ts";

/** Adds go to one room until it holds so many, then to the next: far from the bound of a room, but a long queue all the same. */
const TRACKS_PER_ROOM = 100_000;

/** Every room that is added to is noted in `rooms`. */
export function addTrackProtocol(port: number, rooms = new Set<string>()): Protocol {
  let added = 0;
  let room = "";
  return httpProtocol(port, { prefer: "return=minimal" }, (sequence) => {
    if (added++ % TRACKS_PER_ROOM === 0) {
      room = `bench-${rooms.size}`;
      rooms.add(room);
    }
    return { path: `/rooms/${room}/add_track`, body: sampleTrack(sequence).json };
  });
}
