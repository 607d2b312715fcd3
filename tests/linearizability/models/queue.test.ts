import { expect, test } from "vitest";
import { queue as machine } from "../../../consensus-nodes/machines/queue.ts";
import { checkLinearizability } from "../checker.ts";
import { type Drawn, drawHistory } from "../drawn-history.ts";
import { type QueueInput, type QueueOutcome, type QueueOutput, queue, type Track } from "./queue.ts";

type Step = Drawn<QueueInput, QueueOutput>;

const track = (id: Track["id"], votes = 0, title = "T"): Track => ({ id, title, artist: "", duration: 60, votes });
const add = (id: Track["id"], outcome: QueueOutput["outcome"]): Step => ({
  input: { name: "addTrack", track: track(id) },
  output: { outcome },
});
const vote = (id: number, outcome: QueueOutcome, up = true): Step => ({
  input: { name: "vote", id, up },
  output: { outcome },
});
const remove = (id: number, outcome: QueueOutcome): Step => ({
  input: { name: "removeTrack", id },
  output: { outcome },
});
const ask = (name: "list" | "history", ...tracks: Track[]): Step => ({ input: { name }, output: { tracks } });
const play = (played: Track | undefined): Step => ({
  input: { name: "playNext" },
  output: played === undefined ? { outcome: "empty" } : { outcome: "playing", track: played },
});
const playing = (now: Track | null): Step => ({ input: { name: "nowPlaying" }, output: { track: now } });

const OPERATIONS = {
  add1: add(1, "added"),
  add2: add(2, "added"),
  again1: add("1", "unchanged"),
  some1: add(1, ["added", "unchanged"]),
  other1: { input: { name: "addTrack", track: track(1, 0, "U") }, output: { outcome: "conflict" } },
  up2: vote(2, "voted"),
  down1: vote(1, "voted", false),
  novote1: vote(1, "absent"),
  del1: remove(1, "removed"),
  nodel1: remove(1, "absent"),
  l: ask("list"),
  l1: ask("list", track(1)),
  l12: ask("list", track(1), track(2)),
  l21: ask("list", track(2), track(1)),
  l2v1: ask("list", track(2, 1), track(1)),
  p1: play(track(1)),
  p2: play(track(2)),
  p2v: play(track(2, 1)),
  p0: play(undefined),
  h: ask("history"),
  h1: ask("history", track(1)),
  h11: ask("history", track(1), track(1)),
  h12: ask("history", track(1), track(2)),
  sync2: {
    input: { name: "sync", tracks: [track(2), track(2)] },
    output: { outcome: "synchronized", tracks: [track(2)] },
  },
  clash: { input: { name: "sync", tracks: [track(2), track(2, 1)] }, output: { outcome: "conflict" } },
  clear: { input: { name: "clear" }, output: { outcome: "cleared" } },
  m1: { input: { name: "metadata", id: "1" }, output: { track: track(1) } },
  m0: { input: { name: "metadata", id: 1 }, output: { track: null } },
  now1: playing(track(1)),
  now0: playing(null),
} satisfies Record<string, Step>;

const verdict = (drawing: string) =>
  checkLinearizability(drawHistory<QueueInput, QueueOutput>(drawing, OPERATIONS), queue).verdict;

test("tracks stand by votes and then by arrival", () => {
  expect(verdict("a [l] [add1] [add2] [l12] [up2] [l2v1] [p2v] [l1]")).toBe("ok");
  expect(verdict("a [add1] [add2] [l21]")).toBe("bad");
  expect(verdict("a [add1--]\n b [add2--]\n c          [l21]")).toBe("ok");
  expect(verdict("a [add1] [add2] [up2] [l12]")).toBe("bad");
});

test("answers tell what was there", () => {
  expect(verdict("a [add1] [again1] [other1] [m1] [del1] [m0] [nodel1] [novote1] [p0]")).toBe("ok");
  expect(verdict("a [some1] [some1] [l1]")).toBe("ok");
  expect(verdict("a [add1] [add1]")).toBe("bad");
  expect(verdict("a [add1] [nodel1]")).toBe("bad");
  expect(verdict("a [add1] [sync2] [clash] [p2] [p0]")).toBe("ok");
  expect(verdict("a [clash] [p2]")).toBe("bad");
});

test("a track is played once, and the history tells", () => {
  expect(verdict("a [add1] [add2] [p1] [p2] [h12] [clear] [h]")).toBe("ok");
  expect(verdict("a [add1] [p1----]\n b        [p1----]")).toBe("bad");
  expect(verdict("a [add1] [p1----]\n b        [p0----]\n c                  [h1]")).toBe("ok");
  expect(verdict("a [add1] [p1] [h11]")).toBe("bad");
});

test("what plays may end at any time, for good", () => {
  expect(verdict("a [add1] [now0] [p1] [now1] [clear] [now1] [now0] [now0]")).toBe("ok");
  expect(verdict("a [add1] [p1] [now1] [now0] [now1]")).toBe("bad");
  expect(verdict("a [add1] [now1]")).toBe("bad");
});

test("a change without an answer is seen later or never, and not unseen", () => {
  expect(verdict("a [add1>\n b        [l] [l] [l1] [p1]")).toBe("ok");
  expect(verdict("a [add1>\n b        [l] [l] [p0]")).toBe("ok");
  expect(verdict("a [add1>\n b        [l] [l1] [l]")).toBe("bad");
  expect(verdict("a [add1] [add2] [l12]\n b              [p1>\n c                         [p2] [h12]")).toBe("ok");
  expect(verdict("a [add1] [add2] [l12]\n b              [p1>\n c                         [p1] [l]")).toBe("ok");
});

test("indexes grow along the order", () => {
  const at = (index: number): Step => ({ input: { name: "clear" }, output: { outcome: "cleared", index } });
  const answer = (drawing: string) =>
    checkLinearizability(drawHistory(drawing, { c4: at(4), c5: at(5) }), queue).verdict;
  expect(answer("a [c4] [c5]")).toBe("ok");
  expect(answer("a [c5] [c4]")).toBe("bad");
});

test("the model and the machine agree, step by step", () => {
  const state = machine.initial();
  let modelled = queue.initial;
  let random = 1;
  const below = (limit: number) => {
    random = (random * 48_271) % 2_147_483_647;
    return random % limit;
  };
  for (let index = 1; index <= 3000; index++) {
    const { input, output } = machineStep(state, below, index);
    const next = queue.step(modelled, input, output);
    expect(next, `${index}: ${queue.describe(input, output)} in ${queue.stateKey(modelled)}`).toBeDefined();
    modelled = next ?? modelled;
  }
});

function machineStep(
  state: ReturnType<typeof machine.initial>,
  below: (limit: number) => number,
  index: number,
): { input: QueueInput; output: QueueOutput } {
  const { addTrack, removeTrack, vote: castVote, playNext, sync, clear } = machine.commands;
  const { list, history, metadata, nowPlaying } = machine.queries;
  const room = "r";
  const context = { now: index * 1000, index };
  const id = below(5);
  const drawn = track(below(2) === 0 ? id : String(id), below(3) - 1, below(8) === 0 ? "U" : "T");
  // 15 operations, of which additions are five: the queue is rarely empty.
  switch (below(15)) {
    case 0: {
      const input = { name: "removeTrack" as const, id };
      const { queue: tracks, ...output } = removeTrack.apply(state, { room, id, list: true }, context);
      return { input, output: { ...output, tracks } };
    }
    case 1:
    case 2: {
      const up = below(2) === 0;
      const { queue: tracks, ...output } = castVote.apply(state, { room, id, up, list: true }, context);
      return { input: { name: "vote", id, up }, output: { ...output, tracks } };
    }
    case 3: {
      const { outcome, index, track } = playNext.apply(state, { room }, context);
      return { input: { name: "playNext" }, output: { outcome, index, track } };
    }
    case 4: {
      const tracks = [drawn, track(below(5), below(2)), track(below(5))];
      const result = sync.apply(state, { room, tracks, list: true }, context);
      if (result.outcome === "full") throw new Error("three tracks fill no queue");
      const { outcome, index, queue: synchronized } = result;
      return { input: { name: "sync", tracks }, output: { outcome, index, tracks: synchronized } };
    }
    case 5:
      if (below(5) > 0) break;
      return { input: { name: "clear" }, output: clear.apply(state, { room }, context) };
    case 6:
      return { input: { name: "history" }, output: { tracks: history.answer(state, { room }, context) } };
    case 7:
      return { input: { name: "metadata", id }, output: { track: metadata.answer(state, { room, id }, context) } };
    case 8: {
      machine.due?.(state, context);
      const now = nowPlaying.answer(state, { room }, context);
      return { input: { name: "nowPlaying" }, output: { track: now === null ? null : now.track } };
    }
    case 9:
      return { input: { name: "list" }, output: { tracks: list.answer(state, { room }, context) } };
  }
  const result = addTrack.apply(state, { room, track: drawn, list: true }, context);
  if (result.outcome === "full") throw new Error("five tracks fill no queue");
  const { outcome, index: at, queue: tracks } = result;
  return { input: { name: "addTrack", track: drawn }, output: { outcome, index: at, tracks } };
}
