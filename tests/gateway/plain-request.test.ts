/** What the gateway reads of a request by itself is what `node:http` and Hono's server would have read. */
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { getRequestListener } from "@hono/node-server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plain, PlainReader } from "../../local-stack/gateway/plain-request.ts";
import { listen } from "../../local-stack/gateway/port-taken.ts";

let server: Server;
let port: number;
/** Read of the requests that came since. */
let seen: Read[] = [];

interface Read {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

beforeAll(async () => {
  const listener = getRequestListener(
    async (request) => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers: [...headers].sort(), body: await request.text() });
      return new Response();
    },
    { overrideGlobalObjects: false },
  );
  server = createServer(listener);
  port = await listen(server, { host: "127.0.0.1" });
});
afterAll(() => server.close());

/** What the general server reads of the same bytes. */
async function generally(bytes: Buffer): Promise<readonly Read[]> {
  seen = [];
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}).resume();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.end(bytes);
  await closed;
  return seen;
}

const readPlain = (bytes: Buffer) => new PlainReader().read(bytes);

/** The length is no header's value here: it is compared with what the general server says by the body. */
function withoutLength(read: Read): Read {
  return { ...read, headers: read.headers.filter(([name]) => name !== "content-length") };
}

function plainly({ method, target, headers: { host, values }, body }: Plain): Read {
  const pairs = Object.entries(values).map(([name, value]) => [name, String(value)] as const);
  return { method, url: `http://${host}${target}`, headers: pairs.sort(), body };
}

const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) => fc.oneof({ weight: 9, arbitrary: usual }, odd);
const word = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
const segment = mostly(word, fc.constantFrom("", ".", "..", "%2e", "a b", "é", "x;y", "~"));
const ending = mostly(fc.constantFrom("", "?up=true&b=%20", "?"), fc.constantFrom("#top", "?a[]=1", "\\"));
const target = fc
  .tuple(fc.array(segment, { maxLength: 4 }), ending)
  .map(([segments, ending]) => `/${segments.join("/")}${ending}`);
const usualHeader = fc.oneof(
  fc.tuple(word, fc.constantFrom(": ", ":"), word).map((parts) => parts.join("")),
  fc.constantFrom("Connection: keep-alive", "Cookie: a=b; c=d", "X-Empty:", "Prefer: return=minimal", "__proto__: x"),
);
const oddHeader = fc.oneof(
  fc.tuple(word, fc.constantFrom(":\t", " : "), fc.string({ maxLength: 12 })).map((parts) => parts.join("")),
  fc.constantFrom(
    "Host: b",
    "connection: close",
    "Transfer-Encoding: chunked",
    "Content-Length: 0",
    "Content-Length: +5",
    "Expect: 100-continue",
    "X: a\r\n folded",
    "Upgrade: h2c",
  ),
);
const body = fc.oneof(
  fc.constant(""),
  fc.json(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("\ufeff{}", "\ufeff\ufeff"),
);
const usualHosts = ["localhost:8080", "127.0.0.1:64000", "a.example", "a"];
const oddHosts = [
  "a:80",
  "a:080",
  "B.example",
  "010.0.0.1",
  "1.2",
  "0x7f.1",
  "1.2.3.256",
  "[::1]:80",
  "xn--a",
  "a..b:8080",
  "a b",
  "a@b",
];
const request = fc
  .record({
    method: mostly(
      fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE"),
      fc.constantFrom("HEAD", "OPTIONS", "get", "BREW"),
    ),
    target,
    version: mostly(fc.constant("HTTP/1.1"), fc.constantFrom("HTTP/1.0", "HTTP/2.0")),
    host: mostly(fc.constantFrom(...usualHosts), fc.constantFrom(...oddHosts)),
    headers: fc.array(mostly(usualHeader, oddHeader), { maxLength: 4 }),
    body,
    surplus: mostly(fc.constant(0), fc.constantFrom(-1, 1)),
    end: mostly(fc.constant("\r\n"), fc.constant("\n")),
  })
  .map(({ method, target, version, host, headers, body, surplus, end }) => {
    const bytes = Buffer.from(body);
    const lengths = bytes.length === 0 ? [] : [`content-length: ${bytes.length + surplus}`];
    const head = [`${method} ${target} ${version}`, `Host: ${host}`, ...headers, ...lengths, "", ""].join(end);
    return Buffer.concat([Buffer.from(head), bytes]);
  });
const damaged = damage(request);

function damage(requests: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc.tuple(requests, fc.nat(), fc.constantFrom(0, 9, 10, 13, 32, 58, 127, 128, 255)).map(([bytes, at, byte]) => {
    const changed = Buffer.from(bytes);
    changed[at % changed.length] = byte;
    return changed;
  });
}

/** Differ in a digit, a name, an order: as little as requests of one client do, and as those that are not the same. */
const alike = fc
  .record({
    method: mostly(fc.constant("POST"), fc.constant("GET")),
    before: mostly(fc.constant(""), fc.constantFrom("x: 1\r\n", "x: 12\r\n")),
    after: mostly(fc.constant(""), fc.constantFrom("x: 1\r\n", "y: 1\r\n")),
    body: fc.constantFrom("1", "1", "123456789012", ""),
    odd: mostly(fc.constant(undefined), fc.constantFrom("", "+1", "1 ", "01", "012", "12345678")),
  })
  .map(({ method, before, after, body, odd }) => {
    const length = odd ?? String(body.length);
    const announced = method === "GET" ? "" : `content-length: ${length}\r\n`;
    return Buffer.from(`${method} /a HTTP/1.1\r\nhost: a\r\n${before}${announced}${after}\r\n${announced && body}`);
  });

function plainlyAlone(bytes: Buffer): Read | undefined {
  const plain = readPlain(bytes);
  return plain && plainly(plain);
}

describe("a request that is read as a plain one", () => {
  test("is the one request that the general server reads of the same bytes", async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, damaged), async (bytes) => {
        const plain = readPlain(bytes);
        if (plain === undefined) return;
        read += 1;
        expect((await generally(bytes)).map(withoutLength)).toEqual([plainly(plain)]);
      }),
      { numRuns: 3000 },
    );
    // Else it would say nothing.
    expect(read).toBeGreaterThan(100);
  });

  test("is read no differently for what came before it", () => {
    let same = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: alike }, damage(alike), request), { minLength: 2, maxLength: 8 }),
        (requests) => {
          const reader = new PlainReader();
          let before: Plain | undefined;
          for (const bytes of requests) {
            const plain = reader.read(bytes);
            expect(plain && plainly(plain)).toEqual(plainlyAlone(bytes));
            if (plain !== undefined && plain.headers === before?.headers) same += 1;
            before = plain;
          }
        },
      ),
      { numRuns: 2000 },
    );
    // Else it would say nothing.
    expect(same).toBeGreaterThan(1000);
  });

  test.each([
    [
      "curl",
      "POST /vote?up=true HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nContent-Length: 8\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
    ],
    [
      "fetch",
      "POST /rooms/a/add_track HTTP/1.1\r\nhost: localhost:8080\r\nconnection: keep-alive\r\ncontent-type: application/json\r\naccept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\naccept-encoding: gzip, deflate\r\ncontent-length: 8\r\n\r\n",
    ],
  ])("may be from %s", (_, head) => {
    expect(readPlain(Buffer.from(`${head}{"id":1}`))).toMatchObject({ method: "POST", body: '{"id":1}' });
  });
});

test.each([
  ["has not all come", 'POST /add_track HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n{"id"'],
  ["is followed by another", "GET /queue HTTP/1.1\r\nHost: a\r\n\r\nGET /queue HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["is of unknown length", "POST /clear HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["says its length twice", "POST /clear HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"],
  ["wants the connection closed", "GET /queue HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  [
    "wants to be told to go on",
    "POST /clear HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
  ],
  ["has no host", "GET /queue HTTP/1.1\r\n\r\n"],
  ["has two hosts", "GET /queue HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"],
  ["has a folded header", "GET /queue HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n"],
  ["has a space before a colon", "GET /queue HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n"],
  ["has dots in its path", "GET /rooms/../queue HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["has an escape in its path", "GET /rooms/%2e%2e/queue HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["has a whole URI", "GET http://a/queue HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["is a GET with a body", "GET /queue HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"],
  ["has a head of 17 KiB", `GET /queue HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(17 * 1024)}\r\n\r\n`],
])("a request that %s is left to the general server", (_, text) => {
  expect(readPlain(Buffer.from(text))).toBeUndefined();
});
