/**
 * A room of the queue, naively: an array in the order of arrival, sorted whenever it is read. Semantics: the contract of the
 * queue, not its machine. The bounds on numbers of tracks are not modelled: histories stay far below them.
 */
import { isDeepStrictEqual } from "node:util";
import type { Model } from "../model.ts";

export interface Track {
  readonly id: number | string;
  readonly title: string;
  readonly artist: string;
  /** Seconds. */
  readonly duration: number;
  readonly votes: number;
}

/** A track with `votes: 0` for one that was sent without. */
export type QueueInput =
  | { readonly name: "addTrack"; readonly track: Track }
  | { readonly name: "removeTrack" | "metadata"; readonly id: Track["id"] }
  | { readonly name: "vote"; readonly id: Track["id"]; readonly up: boolean }
  | { readonly name: "sync"; readonly tracks: readonly Track[] }
  | { readonly name: "playNext" | "clear" | "list" | "history" | "nowPlaying" };

export type QueueOutcome =
  | "added"
  | "unchanged"
  | "conflict"
  | "removed"
  | "absent"
  | "voted"
  | "limit"
  | "playing"
  | "empty"
  | "synchronized"
  | "cleared";

/** An answer as far as it is known: what is left out is not checked. */
export interface QueueOutput {
  /** Several where the answer does not tell them apart: 200 to an addition is "added" or "unchanged". */
  readonly outcome?: QueueOutcome | readonly QueueOutcome[] | undefined;
  /** Of the log entry. */
  readonly index?: number | undefined;
  /** Of list and history; of a change only when the machine gave it with the result, not when it was read afterwards. */
  readonly tracks?: readonly Track[] | undefined;
  /** Of playNext, metadata and nowPlaying; null when there is none. */
  readonly track?: Track | null | undefined;
}

interface RoomState {
  /** In the order of arrival. */
  readonly queue: readonly Track[];
  readonly history: readonly Track[];
  readonly playing: Track | null;
  /** The highest that a change was answered with. */
  readonly index: number;
}

type Result = Partial<Pick<RoomState, "queue" | "history" | "playing">> & {
  readonly outcome?: QueueOutcome;
  readonly tracks?: readonly Track[];
  readonly track?: Track | null;
};

const READS: ReadonlySet<QueueInput["name"]> = new Set(["list", "history", "metadata"]);

export const queue: Model<RoomState, QueueInput, QueueOutput> = {
  initial: { queue: [], history: [], playing: null, index: 0 },
  step(state, input, output) {
    const { outcome, tracks, track, ...changes } = run(state, input, output);
    if (output !== undefined) {
      const outcomes = output.outcome === undefined ? [outcome] : [output.outcome].flat();
      if (!outcomes.includes(outcome)) return undefined;
      if (output.tracks !== undefined && !isDeepStrictEqual(output.tracks, tracks)) return undefined;
      if (output.track !== undefined && !isDeepStrictEqual(output.track, track)) return undefined;
      // Equal for those that one entry of the log carries.
      if (output.index !== undefined && output.index < state.index) return undefined;
    }
    const index = output?.index ?? state.index;
    return Object.keys(changes).length === 0 && index === state.index ? state : { ...state, ...changes, index };
  },
  stateKey: ({ queue, history, playing, index }) => JSON.stringify([queue, history, playing, index]),
  // Not nowPlaying: once it is seen to be over, it is over.
  readOnly: ({ name }) => READS.has(name),
  describe({ name, ...input }, output) {
    const given = Object.keys(input).length === 0 ? "" : ` ${JSON.stringify(input)}`;
    return `${name}${given} -> ${output === undefined ? "?" : JSON.stringify(output)}`;
  },
};

function run(state: RoomState, input: QueueInput, output: QueueOutput | undefined): Result {
  switch (input.name) {
    case "addTrack": {
      const queued = find(state.queue, input.track.id);
      if (queued === undefined) return changed("added", [...state.queue, input.track]);
      return sameRecording(queued, input.track) ? changed("unchanged", state.queue) : { outcome: "conflict" };
    }
    case "removeTrack": {
      const removed = find(state.queue, input.id);
      if (removed === undefined) return changed("absent", state.queue);
      return changed("removed", without(state.queue, removed));
    }
    case "vote": {
      const voted = find(state.queue, input.id);
      if (voted === undefined) return { outcome: "absent" };
      const votes = voted.votes + (input.up ? 1 : -1);
      if (votes !== (votes | 0)) return { outcome: "limit" };
      const replaced = state.queue.map((track) => (track === voted ? { ...track, votes } : track));
      return changed("voted", replaced);
    }
    case "playNext": {
      const [track] = inOrder(state.queue);
      if (track === undefined) return { outcome: "empty" };
      return {
        outcome: "playing",
        track,
        queue: without(state.queue, track),
        history: [...state.history, track],
        playing: track.duration === 0 ? null : track,
      };
    }
    case "sync": {
      const distinct: Track[] = [];
      for (const track of input.tracks) {
        const other = find(distinct, track.id);
        if (other === undefined) distinct.push(track);
        else if (!sameRecording(other, track) || other.votes !== track.votes) return { outcome: "conflict" };
      }
      return changed("synchronized", distinct);
    }
    case "clear":
      return { outcome: "cleared", queue: [], history: [] };
    case "list":
      return { tracks: inOrder(state.queue) };
    case "history":
      return { tracks: state.history };
    case "metadata":
      return { track: find(state.queue, input.id) ?? null };
    case "nowPlaying":
      // The model has no clock: a track may end at any time, for good.
      return output?.track === null ? { track: null, playing: null } : { track: state.playing };
  }
}

function changed(outcome: QueueOutcome, queue: readonly Track[]): Result {
  return { outcome, queue, tracks: inOrder(queue) };
}

function inOrder(queue: readonly Track[]): Track[] {
  return queue.toSorted((a, b) => b.votes - a.votes);
}

function find(queue: readonly Track[], id: Track["id"]): Track | undefined {
  return queue.find((track) => String(track.id) === String(id));
}

function without(queue: readonly Track[], left: Track): Track[] {
  return queue.filter((track) => track !== left);
}

function sameRecording(a: Track, b: Track): boolean {
  return a.title === b.title && a.artist === b.artist && a.duration === b.duration;
}
