/** What the gateway does around the functions. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PortTaken } from "../../local-stack/gateway/port-taken.ts";
import { services } from "../../local-stack/ingress/services.ts";
import { ERROR, type Front, http, newRoom, PATIENCE, rpc, startFront } from "../functions/front.ts";

const song = { id: 1, title: "Song Title", artist: "Artist Name", duration: 200 };
let front: Front;

beforeAll(async () => {
  front = await startFront("node");
});
afterAll(async () => {
  await front.close();
});

/** Sends text on a connection of its own, as no HTTP client would. @returns all that comes until the server closes */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: string[] = [];
  socket.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  // The server may close while we still send.
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(text);
  await closed;
  return chunks.join("");
}

const get = (target: string, headers: string) =>
  raw(front.gateway.port, `GET ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);

describe("the stack's own paths", () => {
  test("/healthz is the contract's line", async () => {
    expect(await http(front, "/healthz")).toMatchObject({
      status: 200,
      body: { status: "healthy", service: "gateway" },
    });
  });

  test("/readyz is 200 when every group has a leader, else 503 with Retry-After", async () => {
    expect(await http(front, "/readyz")).toMatchObject({ status: 200 });
    front.cluster.ready = false;
    const answer = await http(front, "/readyz");
    front.cluster.ready = true;
    expect(answer).toMatchObject({ status: 503, body: { error: expect.any(String), detail: expect.any(String) } });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("/cluster tells the nodes and the groups", async () => {
    const nodes = [{ id: 0, pid: 1, address: "127.0.0.1:9000", alive: true }];
    expect(await http(front, "/cluster")).toMatchObject({ status: 200, body: { nodes, groups: [] } });
  });

  test("/metrics counts requests by function and status, and calls of the core", async () => {
    await http(front, `/rooms/${newRoom()}/add_track`, { json: song });
    await http(front, `/rooms/${newRoom()}/add_track`, { json: {} });
    await rpc(front.queue, front.queue.getQueue, {});
    const { status, body } = await http(front, "/metrics");
    expect(status).toBe(200);
    for (const line of [
      'tutti_requests_total{door="http",function="add_track",status="200"} 1',
      'tutti_requests_total{door="http",function="add_track",status="422"} 1',
      'tutti_requests_total{door="grpc",function="queue",status="0"} 1',
      'tutti_request_seconds_count{door="http",function="add_track",status="200"} 1',
      'tutti_request_seconds_bucket{le="+Inf",door="http",function="add_track",status="200"} 1',
      'tutti_core_calls_total{group="queue",call="addTrack",outcome="ok"} 1',
      "process_cpu_seconds_total ",
    ]) {
      expect(body).toContain(line);
    }
  });
});

describe("the API's description", () => {
  test("/openapi.json is a valid document with every path, method and documented status", async () => {
    const { body } = await http(front, "/openapi.json");
    const result = await new Validator().validate(Object(body));
    expect(result.errors ?? []).toEqual([]);
    for (const { definition } of front.runtime.functions) {
      for (const path of definition.paths) {
        const at = ["paths", path.replace(/:(\w+)/g, "{$1}"), definition.method.toLowerCase()];
        expect(body).toHaveProperty(at);
        for (const status of Object.keys(definition.replies)) {
          expect(body).toHaveProperty([...at, "responses", status]);
        }
        expect(body).toHaveProperty([...at, "responses", "503"]);
      }
    }
    expect(body).toHaveProperty(["paths", "/add_track", "post", "responses", "409"]);
    expect(body).toHaveProperty(["paths", "/play_next", "post", "responses", "400", "description"]);
  });

  test("/ leads to /docs, whose files all come from here and need no script in the page", async () => {
    const root = await http(front, "/");
    expect(root).toMatchObject({ status: 302 });
    expect(root.headers.get("location")).toBe("/docs");
    const page = await http(front, "/docs");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    const links = [...String(page.body).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link ?? "");
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\//);
      expect((await http(front, link)).status).toBe(200);
    }
    expect(page.body).not.toMatch(/<script>/);
    expect(await http(front, "/docs/package.json")).toMatchObject({ status: 404 });
  });
});

describe("a request", () => {
  test("keeps a sane X-Request-Id and gets one otherwise, in the answer and in one line of the log", async () => {
    const kept = await http(front, "/queue", { headers: { "x-request-id": "mine-1" } });
    expect(kept.headers.get("x-request-id")).toBe("mine-1");
    expect(front.log.filter(({ id }) => id === "mine-1")).toMatchObject([
      { path: "/queue", status: 200, function: "queue" },
    ]);
    const ids = new Set<string | null>();
    for (const bad of [undefined, "a b", "x".repeat(200), '"']) {
      const answer = await http(front, "/nowhere", bad === undefined ? {} : { headers: { "x-request-id": bad } });
      ids.add(answer.headers.get("x-request-id"));
    }
    expect(ids.size).toBe(4);
    for (const id of ids) {
      expect(id).toMatch(/^[\w-]{8,64}$/);
      expect(front.log.filter((line) => line.id === id)).toMatchObject([{ path: "/nowhere", status: 404 }]);
    }
  });

  test("is told what it may do, when it asks for OPTIONS", async () => {
    const answer = await http(front, "/queue", { method: "OPTIONS" });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("allow")).toBe("HEAD, OPTIONS, GET");
  });

  test.each([
    ["two hosts", "/queue", "Host: a\r\nHost: b\r\n"],
    ["a host that is none", "/queue", "Host: a b\r\n"],
    ["a backslash in its path", "/queue\\..", "Host: a\r\n"],
  ])("with %s is refused with 400", async (_, target, headers) => {
    const answer = await get(target, headers);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toMatch(/\{"error":"[^"]+","detail":"[^"]+"\}/);
  });

  test.each([
    ["dots in its path", "/rooms/../queue"],
    ["encoded dots in its path", "/rooms/%2e%2e/queue"],
    ["an absolute URI", "http://elsewhere/queue"],
  ])("with %s is normalised", async (_, target) => {
    expect(await get(target, "Host: a\r\n")).toMatch(/^HTTP\/1.1 200 [\s\S]*\[.*\]$/);
  });

  test.each([
    ["is no HTTP", "nonsense\r\n\r\n", 400],
    ["has a head of 32 KiB", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(32 * 1024)}\r\n\r\n`, 431],
  ])("that %s is refused in JSON", async (_, text, status) => {
    const answer = await raw(front.gateway.port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/\{"error":"[^"]+","detail":"[^"]+"\}$/);
  });

  test("whose client goes away changes nothing, and is not logged as a crash", async () => {
    const lines = front.log.length;
    const calls = front.core.calls.length;
    const socket = connect(front.gateway.port, "127.0.0.1");
    socket.write("POST /add_track HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
    await expect.poll(() => socket.bytesWritten, PATIENCE).toBeGreaterThan(0);
    // The server must have begun to read before the client goes.
    await http(front, "/healthz");
    socket.destroy();
    await expect.poll(() => front.log.slice(lines).map(({ status }) => status), PATIENCE).toContain(499);
    expect(front.log.slice(lines).filter(({ level }) => level >= ERROR)).toEqual([]);
    expect(front.core.calls.length).toBe(calls);
  });
});

describe("closing", () => {
  /** A connection that has had an answer, and could have another. */
  async function keptAlive(port: number): Promise<Socket> {
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "data");
    return socket;
  }

  test("lets requests and calls finish, and does not wait for idle connections", async () => {
    const closing = await startFront("node");
    const idle = await keptAlive(closing.gateway.port);
    closing.core.delay = 400;
    const running = http(closing, "/queue");
    const calling = rpc(closing.queue, closing.queue.getQueue, {});
    await expect.poll(() => closing.core.calls.length, PATIENCE).toBe(2);
    const started = performance.now();
    const closed = closing.close();
    expect(await running).toMatchObject({ status: 200 });
    expect(await calling).toMatchObject({ ok: true });
    await closed;
    expect(performance.now() - started).toBeLessThan(1500);
    await expect.poll(() => idle.closed, PATIENCE).toBe(true);
    await expect(http(closing, "/healthz")).rejects.toThrow();
  });

  test("does not wait for a request longer than its deadline", async () => {
    const closing = await startFront("node");
    closing.core.delay = 20_000;
    const running = http(closing, "/queue").catch(() => "cut off");
    const calling = rpc(closing.queue, closing.queue.getQueue, {}, { deadline: 30_000 });
    await expect.poll(() => closing.core.calls.length, PATIENCE).toBe(2);
    const started = performance.now();
    await Promise.all([closing.gateway.close(), closing.ingress.close()]);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(await running).toBe("cut off");
    expect(await calling).toMatchObject({ ok: false });
    await closing.close();
  });
});

describe("a port that is taken", () => {
  test("is told by a typed error", async () => {
    const { gateway, ingress } = front;
    const taken = { gateway: gateway.port, ingress: ingress.port };
    await expect(startFront("node", { ports: { ...taken, ingress: 0 } })).rejects.toMatchObject({
      port: taken.gateway,
    });
    const error = await startFront("node", { ports: { ...taken, gateway: 0 } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PortTaken);
    expect(error).toMatchObject({ port: taken.ingress, message: `port ${taken.ingress} is in use` });
  });

  test("as an extra one of the ingress is left out, and the others serve", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const other = await startFront("node", { extraPorts: [port, 0] });
    expect(other.ingress.taken).toMatchObject([{ port }]);
    expect(other.ingress.extraPorts).toHaveLength(1);
    expect(await rpc(other.queue, other.queue.getQueue, {})).toMatchObject({ ok: true });
    await other.close();
    holder.close();
  });
});

test("every gRPC method has one function, and every function's gRPC method is one of a service", () => {
  const served = front.runtime.functions.flatMap(({ definition }) => definition.rpcs?.map(({ path }) => path) ?? []);
  const methods = services.flatMap((service) => Object.values(service).map(({ path }) => path));
  expect(served.toSorted()).toEqual(methods.toSorted());
});
