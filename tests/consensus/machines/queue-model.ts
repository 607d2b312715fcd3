/** What the queue machine should do, as simply as it can be said: arrays, sorted anew whenever they are read. */

interface Track {
  readonly id: number | string;
  readonly title: string;
  readonly artist: string;
  readonly duration: number;
  readonly votes: number;
}
type NewTrack = Omit<Track, "votes"> & { readonly votes?: number | undefined };

interface Room {
  queue: { track: Track; arrival: number }[];
  history: Track[];
  playing: { track: Track; started_at: number; ends_at: number } | null;
}

export type Step =
  | { readonly name: "addTrack"; readonly room: string; readonly track: NewTrack; readonly list?: true | undefined }
  | {
      readonly name: "removeTrack";
      readonly room: string;
      readonly id: number | string;
      readonly list?: true | undefined;
    }
  | {
      readonly name: "vote";
      readonly room: string;
      readonly id: number | string;
      readonly up: boolean;
      readonly list?: true | undefined;
    }
  | { readonly name: "playNext" | "clear"; readonly room: string }
  | {
      readonly name: "sync";
      readonly room: string;
      readonly tracks: readonly NewTrack[];
      readonly list?: true | undefined;
    }
  | { readonly name: "pass"; readonly milliseconds: number };

const same = (a: number | string, b: number | string) => String(a) === String(b);

export class QueueModel {
  readonly rooms = new Map<string, Room>();
  arrivals = 0;
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  /** The result without its index. */
  run(step: Exclude<Step, { name: "pass" }>): object {
    const room = this.room(step.room);
    const answer = (outcome: string) => ({
      outcome,
      ...("list" in step && step.list && { queue: this.list(step.room) }),
    });
    switch (step.name) {
      case "addTrack": {
        const queued = room.queue.find(({ track }) => same(track.id, step.track.id));
        if (queued === undefined) {
          this.push(room, step.track);
          return answer("added");
        }
        return sameRecording(queued.track, step.track) ? answer("unchanged") : { outcome: "conflict" };
      }
      case "removeTrack": {
        const kept = room.queue.filter(({ track }) => !same(track.id, step.id));
        const outcome = kept.length < room.queue.length ? "removed" : "absent";
        room.queue = kept;
        return answer(outcome);
      }
      case "vote": {
        const queued = room.queue.find(({ track }) => same(track.id, step.id));
        if (queued === undefined) return { outcome: "absent" };
        const votes = queued.track.votes + (step.up ? 1 : -1);
        if (votes !== (votes | 0)) return { outcome: "limit" };
        queued.track = { ...queued.track, votes };
        return answer("voted");
      }
      case "playNext": {
        const [track] = this.list(step.room);
        if (track === undefined) return { outcome: "empty" };
        room.queue = room.queue.filter((queued) => !same(queued.track.id, track.id));
        room.history.push(track);
        room.playing = { track, started_at: this.now, ends_at: this.now + track.duration * 1000 };
        this.endPlaying();
        return { outcome: "playing", track, started_at: this.now };
      }
      case "sync": {
        for (const track of step.tracks) {
          const other = step.tracks.find(({ id }) => same(id, track.id)) ?? track;
          if (!sameRecording(track, other) || (track.votes ?? 0) !== (other.votes ?? 0)) {
            return { outcome: "conflict", conflict: track.id };
          }
        }
        room.queue = [];
        for (const track of step.tracks) {
          if (!room.queue.some((queued) => same(queued.track.id, track.id))) this.push(room, track);
        }
        return answer("synchronized");
      }
      case "clear":
        room.queue = [];
        room.history = [];
        return { outcome: "cleared" };
    }
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.endPlaying();
  }

  list(room: string): Track[] {
    const { queue } = this.room(room);
    return queue.toSorted((a, b) => b.track.votes - a.track.votes || a.arrival - b.arrival).map(({ track }) => track);
  }

  deadline(): number | undefined {
    const ends = [...this.rooms.values()].flatMap(({ playing }) => playing?.ends_at ?? []);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  room(name: string): Room {
    const room = this.rooms.get(name) ?? { queue: [], history: [], playing: null };
    this.rooms.set(name, room);
    return room;
  }

  private push(room: Room, { id, title, artist, duration, votes }: NewTrack): void {
    room.queue.push({ track: { id, title, artist, duration, votes: votes ?? 0 }, arrival: this.arrivals++ });
  }

  private endPlaying(): void {
    for (const room of this.rooms.values()) if (room.playing && room.playing.ends_at <= this.now) room.playing = null;
  }
}

function sameRecording(a: NewTrack, b: NewTrack): boolean {
  return a.title === b.title && a.artist === b.artist && a.duration === b.duration;
}
