/** One connection, whatever comes over it: plain requests, others, and both in turn. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TextAnswer } from "../../functions/http-status.ts";
import { startHttpServer } from "../../local-stack/gateway/http-server.ts";
import { faultOf, plainAnswer } from "../../local-stack/gateway/plain-answer.ts";
import type { Serve } from "../../local-stack/gateway/plain-connection.ts";
import { type Front, newRoom, PATIENCE, startFront } from "../functions/front.ts";

let front: Front;
beforeAll(async () => {
  front = await startFront("node");
});
afterAll(() => front.close());

class Client {
  readonly socket: Socket;
  received = "";
  ended = false;

  constructor(port = front.gateway.port) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    this.socket.setEncoding("utf8").on("data", (text: string) => {
      this.received += text;
    });
    this.socket.on("end", () => {
      this.ended = true;
    });
    this.socket.on("error", () => {});
  }

  get statuses(): readonly string[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? "");
  }

  async answers(count: number): Promise<readonly string[]> {
    await expect.poll(() => this.statuses.length, PATIENCE).toBe(count);
    return this.statuses;
  }
}

const add = (room: string, id: number, more = "") => {
  const body = JSON.stringify({ id, title: "T", artist: "A", duration: 1 });
  return `POST /rooms/${room}/add_track HTTP/1.1\r\nHost: a\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
};
const list = (room: string, more = "") => `GET /rooms/${room}/queue HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const ids = (text: string) => [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id));

test("requests in turn, plain ones, one in pieces, a page, an event of everything", async () => {
  const room = newRoom();
  const client = new Client();
  client.socket.write(add(room, 1));
  await client.answers(1);
  client.socket.write(list(room));
  await client.answers(2);
  const pieces = add(room, 2);
  for (const at of [0, 20, 60, pieces.length - 3]) {
    const next = [20, 60, pieces.length - 3, pieces.length].find((end) => end > at);
    client.socket.write(pieces.slice(at, next));
    await sleep(5);
  }
  await client.answers(3);
  client.socket.write("GET /docs HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.answers(4);
  client.socket.write(add(room, 3));
  client.received = "";
  await client.answers(1);
  expect(ids(client.received)).toEqual([1, 2, 3]);
  client.socket.destroy();
});

test("a page over a new connection is answered like any request, and so is what follows", async () => {
  const client = new Client();
  client.socket.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await client.answers(1)).toEqual(["200"]);
  client.socket.write(list(newRoom()));
  expect(await client.answers(2)).toEqual(["200", "200"]);
  client.socket.destroy();
});

test("requests sent without waiting are answered in order, in one piece and in many", async () => {
  const room = newRoom();
  const client = new Client();
  client.socket.write(add(room, 1) + add(room, 2) + list(room));
  await client.answers(3);
  const other = new Client();
  front.core.delay = 50;
  try {
    for (const id of [3, 4, 5]) {
      other.socket.write(add(room, id, "Prefer: return=minimal\r\n"));
      await sleep(5);
    }
    other.socket.write(list(room));
    expect(await other.answers(4)).toEqual(["200", "200", "200", "200"]);
  } finally {
    front.core.delay = 0;
  }
  expect(ids(other.received)).toEqual([1, 2, 3, 4, 5]);
  client.socket.destroy();
  other.socket.destroy();
});

test("a client that has said all it will is answered, and the connection ends", async () => {
  const client = new Client();
  client.socket.end(list(newRoom()));
  expect(await client.answers(1)).toEqual(["200"]);
  await expect.poll(() => client.ended, PATIENCE).toBe(true);
});

test("a client that does not read its answers is not read from either", async () => {
  const room = newRoom();
  const filler = new Client();
  // A queue of a megabyte, in so many tracks that it takes some time to be written.
  const tracks = Array.from({ length: 2000 }, (_, id) => ({
    id,
    title: "x".repeat(500),
    artist: "",
    duration: 1,
    votes: 0,
  }));
  const body = JSON.stringify(tracks.slice(0, 1000));
  filler.socket.write(
    `POST /rooms/${room}/sync HTTP/1.1\r\nHost: a\r\nPrefer: return=minimal\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  expect(await filler.answers(1)).toEqual(["200"]);
  filler.socket.destroy();

  const calls = () => front.core.calls.length;
  const before = calls();
  const deaf = connect(front.gateway.port, "127.0.0.1").pause();
  deaf.on("error", () => {});
  await once(deaf, "connect");
  for (let sent = 0; sent < 200; sent++) {
    deaf.write(list(room));
    await sleep(2);
  }
  // Until the system's buffers are full, some 6 MB, answers go there.
  expect(calls() - before).toBeLessThan(60);
  // Whoever reads again misses nothing.
  let text = "";
  deaf.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk.replace(/x+/g, "");
  });
  deaf.resume();
  await expect.poll(() => text.match(/HTTP\/1\.1 200/g)?.length, PATIENCE).toBe(200);
  deaf.destroy();
});

test("text beyond ASCII comes as it was sent, with its length in bytes", async () => {
  const room = newRoom();
  const track = JSON.stringify({ id: "ö", title: "Für Elise ♪ 😀", artist: "", duration: 1 });
  const answer = await fetch(`${front.url}/rooms/${room}/add_track`, { method: "POST", body: track });
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(Number(answer.headers.get("content-length"))).toBe(bytes.length);
  expect(JSON.parse(bytes.toString())).toMatchObject({ queue: [{ id: "ö", title: "Für Elise ♪ 😀" }] });
});

test("an answer has the headers that node:http would give it", async () => {
  const client = new Client();
  client.socket.write(list(newRoom(), "Accept: */*\r\n"));
  await client.answers(1);
  const general = new Client();
  general.socket.write(list(newRoom(), "TE: trailers\r\n"));
  await general.answers(1);
  const names = ({ received }: Client) =>
    received
      .split("\r\n\r\n")[0]
      ?.split("\r\n")
      .slice(1)
      .map((line) => line.replace(/^(x-request-id|date): .*/i, "$1").toLowerCase())
      .sort();
  await expect.poll(() => general.received, PATIENCE).toContain("[]");
  expect(names(client)).toEqual(names(general));
  client.socket.destroy();
  general.socket.destroy();
});

describe("a server of its own", () => {
  const text = (body: string): TextAnswer => ({ status: 200, headers: { "content-type": "text/plain" }, body });
  const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  let served: string[];

  beforeEach(() => {
    served = [];
  });

  const start = (serve: Serve) =>
    startHttpServer({
      host: "127.0.0.1",
      port: 0,
      serve: (request, socket) => {
        served.push(request.target);
        return serve(request, socket);
      },
      fetch: (request) => new Response(`general ${new URL(request.url).pathname}`),
    });

  test.each([
    ["with nothing else to say", ""],
    ["with another request that it has sent meanwhile", get("/other")],
  ])(
    "that is closed answers a client %s, and takes nothing more from it, though that keeps its side open",
    async (_, other) => {
      const server = await start(async () => {
        await sleep(200);
        return text("slow");
      });
      const client = new Client(server.port);
      client.socket.write(get("/slow"));
      await expect.poll(() => served, PATIENCE).toEqual(["/slow"]);
      client.socket.write(other);
      const begun = performance.now();
      const closed = server.close();
      await client.answers(1);
      client.socket.write(get("/effect"));
      await closed;
      expect(performance.now() - begun).toBeLessThan(1500);
      expect(client.received).toMatch(/\r\nConnection: close\r\n/);
      expect(served).toEqual(["/slow"]);
      client.socket.destroy();
    },
  );

  test("whose routes cannot be made goes the general way", async () => {
    const server = await start(() => {
      throw new Error("a path that is none");
    });
    const client = new Client(server.port);
    client.socket.write(get("/x"));
    await expect.poll(() => client.received, PATIENCE).toContain("general /x");
    client.socket.destroy();
    await server.close();
  });

  test("hands over what it does not serve, with the request", async () => {
    const server = await start(() => undefined);
    const client = new Client(server.port);
    client.socket.write(get("/x"));
    await expect.poll(() => client.received, PATIENCE).toContain("general /x");
    client.socket.destroy();
    await server.close();
  });
});

describe("an answer", () => {
  const answer = (status: number, headers: Record<string, string> = {}, body: string | null = "null") => ({
    status,
    headers,
    body,
  });

  test.each([204, 304])("of status %i has no body, which would be taken for the next answer", (status) => {
    expect(plainAnswer(answer(status), 30_000).text).toMatch(/\r\n\r\n$/);
  });

  test("says once where it ends", () => {
    const own = {
      "content-length": "3",
      connection: "close",
      date: "never",
      "transfer-encoding": "chunked",
      "x-own": "1",
    };
    const { text } = plainAnswer(answer(200, own, "four"), 30_000);
    expect(
      text.match(/^(content-length|connection|date|transfer-encoding): .*$/gim)?.map((line) => line.slice(0, 17)),
    ).toEqual([expect.stringMatching(/^Date: /), "Connection: keep-", "content-length: 4"]);
    expect(text).toContain("x-own: 1\r\n");
  });

  test.each([
    ["a line break in a header", answer(200, { a: "b\r\nc: d" })],
    ["a header that is not ASCII", answer(200, { a: "é" })],
    ["a status that is none", answer(99)],
  ])("with %s is none", (_, wrong) => {
    expect(faultOf(wrong)).toEqual(expect.any(String));
  });
});
