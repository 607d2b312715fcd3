/** Snapshots on their way from node to node: in chunks, taken up where they broke, verified as a whole. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listen } from "../../consensus-nodes/node/listen.ts";
import { SnapshotFiles, type SnapshotSource } from "../../consensus-nodes/replica/snapshots/snapshot-files.ts";
import type { SnapshotHead } from "../../consensus-nodes/replica/snapshots/snapshot-format.ts";
import type { Snapshot } from "../../consensus-nodes/replica/snapshots/snapshot-storage.ts";
import { LinkCuts } from "../../consensus-nodes/transport/link-cuts.ts";
import { fetchSnapshot, serveSnapshot } from "../../consensus-nodes/transport/snapshot-transfer.ts";
import { PeerService } from "../../proto/generated/peer.ts";
import { freePorts } from "../free-ports.ts";

const INDEX = 7;
const head: SnapshotHead = {
  tutti: "snapshot",
  format: 1,
  machine: "queue",
  index: INDEX,
  term: 2,
  now: 1000,
  configuration: { members: [{ id: 0, voter: true, address: "127.0.0.1:1" }] },
  configurationIndex: 0,
};
/** Some 900 kB: several chunks. */
const values = Array.from({ length: 20_000 }, (_, number) => ["value", number, "x".repeat(30)]);

let folder: string;
let sender: SnapshotFiles;
let bytes: Buffer;
const broken: string[] = [];

const files = (name: string, source: SnapshotSource) =>
  new SnapshotFiles({
    folder: join(folder, name),
    machine: "queue",
    source,
    onStep: () => {},
    onFailure: (error) => {
      throw error;
    },
    onBroken: (error) => broken.push(error.message),
  });
const nothing: SnapshotSource = () => {
  throw new Error("nothing to fetch from");
};
const fetched = (receiver: SnapshotFiles, index = INDEX) =>
  new Promise<Snapshot | undefined>((resolve) => receiver.fetch(0, index, resolve));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tutti-transfer-"));
  broken.length = 0;
  sender = files("sender", nothing);
  await new Promise((resolve) => sender.write(head, values, resolve));
  bytes = readFileSync(sender.path(INDEX));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a transfer", () => {
  test("that breaks is taken up where it broke, also after a restart, and nothing is sent twice", async () => {
    const asked: number[] = [];
    const stopping: SnapshotSource = async function* (_from, _index, offset) {
      asked.push(offset);
      yield bytes.subarray(offset, offset + 150_000);
      if (offset + 150_000 < bytes.length) throw new Error("the wire broke");
    };
    expect(await fetched(files("receiver", stopping))).toBeUndefined();
    expect(asked).toEqual([0, 150_000, 300_000, 450_000, 600_000]);
    const again = files("receiver", stopping);
    const snapshot = await fetched(again);
    expect(asked).toEqual(asked.map((_, attempt) => attempt * 150_000));
    expect(snapshot?.head).toEqual(head);
    expect([...(snapshot?.values ?? [])]).toEqual(values);
    expect(readFileSync(again.path(INDEX)).equals(bytes)).toBe(true);
    expect(files("receiver", nothing).newest?.head.index).toBe(INDEX);
  });

  test("with a byte changed on the way is not taken, and begun anew", async () => {
    let attempts = 0;
    const noisy: SnapshotSource = async function* (_from, _index, offset) {
      attempts += 1;
      const copy = Buffer.from(bytes.subarray(offset));
      if (attempts === 1) copy[5000] = (copy[5000] ?? 0) ^ 1;
      yield copy;
    };
    const receiver = files("receiver", noisy);
    expect((await fetched(receiver))?.head).toEqual(head);
    expect(attempts).toBe(2);
    expect(broken).toEqual([expect.stringContaining("its checksum does not match")]);
  });

  test("of another snapshot than the one asked for is not taken", async () => {
    const other: SnapshotSource = async function* () {
      yield bytes;
    };
    const receiver = files("receiver", other);
    expect(await fetched(receiver, 8)).toBeUndefined();
    expect(receiver.newest).toBeUndefined();
    expect(files("receiver", nothing).newest).toBeUndefined();
  });
});

describe("between two nodes", () => {
  let server: Server;
  let address: string;
  const cuts = new LinkCuts();
  beforeEach(async () => {
    server = new Server();
    const pathOf = (group: string, index: number) => (group === "queue" ? sender.path(index) : undefined);
    server.addService(PeerService, {
      exchange: (call: { end(): void }) => call.end(),
      fetchSnapshot: (call: Parameters<typeof serveSnapshot>[0]) => void serveSnapshot(call, { cluster: "c", pathOf }),
    });
    const port = await freePorts(1);
    await listen(server, "127.0.0.1", port);
    address = `127.0.0.1:${port}`;
  });
  afterEach(() => {
    server.forceShutdown();
    cuts.from = new Set();
  });
  const source =
    (options: { cluster?: string; group?: string } = {}): SnapshotSource =>
    (from, index, offset) =>
      fetchSnapshot({ cluster: "c", group: "queue", addressOf: () => address, cuts, ...options }, from, index, offset);

  test("the file comes over byte for byte", async () => {
    const receiver = files("receiver", source());
    expect((await fetched(receiver))?.head).toEqual(head);
    expect(readFileSync(receiver.path(INDEX)).equals(bytes)).toBe(true);
    expect(statSync(receiver.path(INDEX)).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["another cluster's", { cluster: "other" }, "no snapshot of queue"],
    ["another group's", { group: "no-group" }, "no snapshot of no-group"],
  ])("%s is not given", async (_, options, message) => {
    expect(await fetched(files("receiver", source(options)))).toBeUndefined();
    expect(broken[0]).toContain(message);
  });

  test("nothing comes over a link that is cut", async () => {
    cuts.from = new Set([0]);
    expect(await fetched(files("receiver", source()))).toBeUndefined();
    expect(broken[0]).toContain("is cut");
  });
});
