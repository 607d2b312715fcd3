import { once } from "node:events";
import { Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../../consensus-nodes/node/listen.ts";
import type { PeerMessage } from "../../consensus-nodes/transport/envelope.ts";
import { PeerLinks } from "../../consensus-nodes/transport/peer-links.ts";
import { type Parcel, PeerService } from "../../proto/generated/peer.ts";
import { freePorts } from "../free-ports.ts";

const heartbeat: PeerMessage = {
  type: "AppendEntries",
  from: 1,
  to: 0,
  term: 3,
  previousIndex: 7,
  previousTerm: 3,
  commit: 7,
  round: 5,
  entries: [],
};

function answer(change: { term?: number; match?: number; round?: number; success?: boolean } = {}): PeerMessage {
  const said = { term: 3, match: 7, round: 5, success: true };
  return { type: "AppendEntriesReply", from: 1, to: 0, conflictTerm: 0, conflictIndex: 0, ...said, ...change };
}

/** Node 1, which knows node 0; `asked` counts how often it wanted to send. */
function node(address = "127.0.0.1:1") {
  const counted = { asked: 0 };
  const links = new PeerLinks({
    id: 1,
    cluster: "test",
    peers: [{ id: 0, address }],
    deliver: () => {},
    onDisconnected: () => {},
    onRpc: () => {},
    requestFlush: () => counted.asked++,
  });
  onTestFinished(() => links.close());
  return { links, counted };
}

test("an answer that says nothing new waits for the next tick", () => {
  const { links, counted } = node();
  links.send("queue", 0, answer());
  expect(counted.asked).toBe(1);
  links.send("queue", 0, answer());
  expect(counted.asked).toBe(1);
  links.tick();
  expect(counted.asked).toBe(2);
});

test("a tick sends nothing when nothing waits", () => {
  const { links, counted } = node();
  links.tick();
  expect(counted.asked).toBe(0);
});

test.each([
  ["another term", answer({ term: 4 })],
  ["more of the log", answer({ match: 8 })],
  ["another read round", answer({ round: 6 })],
  ["a refusal", answer({ success: false })],
  ["a heartbeat", heartbeat],
])("%s leaves at once", (_, message) => {
  const { links, counted } = node();
  links.send("queue", 0, answer());
  links.send("queue", 0, message);
  expect(counted.asked).toBe(2);
});

test("a refusal that is repeated leaves at once", () => {
  const { links, counted } = node();
  for (let time = 0; time < 3; time++) links.send("queue", 0, answer({ success: false }));
  expect(counted.asked).toBe(3);
});

test("an answer to one group says nothing of another", () => {
  const { links, counted } = node();
  links.send("queue", 0, answer());
  links.send("journal", 0, answer());
  expect(counted.asked).toBe(2);
});

/** Node 1 with a stream to node 0. */
async function connected() {
  const streams: ServerDuplexStream<Parcel, Parcel>[] = [];
  const server = new Server();
  server.addService(PeerService, {
    exchange: (call: ServerDuplexStream<Parcel, Parcel>) => {
      call.sendMetadata(call.metadata);
      streams.push(call);
      call.on("error", () => {});
    },
    fetchSnapshot: () => {},
  });
  const port = await freePorts(1);
  await listen(server, "127.0.0.1", port);
  onTestFinished(() => server.forceShutdown());
  const { links, counted } = node(`127.0.0.1:${port}`);
  links.start();
  /** The stream that was opened as the `nth`, once something has come by it: node 1 has adopted it. */
  const adopted = async (nth: number) => {
    await expect.poll(() => streams.length, { timeout: 5000 }).toBe(nth);
    const stream = streams.at(-1);
    if (stream === undefined) throw new Error("there is no stream");
    const arrived = once(stream, "data");
    const beat = setInterval(() => {
      links.send("queue", 0, heartbeat);
      links.flush();
    }, 10);
    await arrived;
    clearInterval(beat);
    return stream;
  };
  /** Whether an answer that is given now leaves at once. */
  const leavesAtOnce = () => {
    const before = counted.asked;
    links.send("queue", 0, answer());
    return counted.asked > before;
  };
  return { links, adopted, leavesAtOnce };
}

test("on a new stream the first answer leaves at once, though it was given on the one before", async () => {
  const { adopted, leavesAtOnce } = await connected();
  const first = await adopted(1);
  expect([leavesAtOnce(), leavesAtOnce()]).toEqual([true, false]);
  first.emit("error", { code: status.UNAVAILABLE, details: "broken" });
  await adopted(2);
  expect(leavesAtOnce()).toBe(true);
});

test("an answer that a cut link has swallowed leaves at once when it is given again", async () => {
  const { links, adopted, leavesAtOnce } = await connected();
  await adopted(1);
  links.cuts.to = new Set([0]);
  leavesAtOnce();
  links.flush();
  links.cuts.to = new Set();
  expect([leavesAtOnce(), leavesAtOnce()]).toEqual([true, false]);
});
