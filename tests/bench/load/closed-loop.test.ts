import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSocketServer, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { closedLoop } from "./closed-loop.ts";
import { httpProtocol } from "./http-protocol.ts";
import { respProtocol } from "./resp-protocol.ts";

let server: Server;

async function listen(created: Server): Promise<number> {
  server = created;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const listenHttp = (listener: RequestListener) => listen(createServer(listener));
const plan = (connections: number) => ({ connections, warmUpMs: 20, measureMs: 300 });
const adds = (port: number) =>
  httpProtocol(port, { prefer: "return=minimal" }, (sequence) => ({ path: "/add", body: `{"id":${sequence}}` }));

afterEach(async () => {
  server.close();
});

describe("the load driver", () => {
  test("sends every request once, with its own body, and one at a time per connection", async () => {
    const bodies: string[] = [];
    let atOnce = 0;
    let most = 0;
    const port = await listenHttp((request, response) => {
      most = Math.max(most, ++atOnce);
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        bodies.push(body);
        atOnce -= 1;
        response.end('{"message":"Track added"}');
      });
    });
    const result = await closedLoop(port, adds(port), plan(4));
    expect(new Set(bodies).size).toBe(bodies.length);
    expect(bodies.length).toBeGreaterThanOrEqual(result.requests);
    expect(result.requests).toBeGreaterThan(0);
    expect(result.errors).toEqual({});
    expect(most).toBeLessThanOrEqual(4);
  });

  test("understands an answer in chunks that arrive piece by piece", async () => {
    const port = await listenHttp((_, response) => {
      response.write('{"message":');
      setImmediate(() => response.end('"Track added"}'));
    });
    const result = await closedLoop(port, adds(port), plan(2));
    expect(result.requests).toBeGreaterThan(0);
    expect(result.errors).toEqual({});
  });

  test("understands an answer in chunks with trailers, as gateways of gRPC send with errors", async () => {
    const port = await listenHttp((_, response) => {
      response.writeHead(503, { trailer: "grpc-status" });
      response.write('{"error":');
      response.addTrailers({ "grpc-status": "14" });
      response.end('"no leader"}');
    });
    const result = await closedLoop(port, adds(port), plan(2));
    expect(Object.keys(result.errors)).toEqual(["status 503"]);
  });

  test("counts what is no 2xx as an error, and in no rate", async () => {
    const port = await listenHttp((_, response) => response.writeHead(503).end());
    const result = await closedLoop(port, adds(port), plan(2));
    expect(result).toMatchObject({ requests: 0, rate: 0, p50: Number.NaN });
    expect(result.errors["status 503"]).toBeGreaterThan(0);
  });

  test("counts a broken connection, and makes it again", async () => {
    let requests = 0;
    const port = await listenHttp((request, response) => {
      if (++requests % 10 === 0) request.socket.destroy();
      else response.end("{}");
    });
    const result = await closedLoop(port, adds(port), { connections: 2, warmUpMs: 0, measureMs: 400 });
    expect(result.errors["connection closed"]).toBeGreaterThan(0);
    // Of two connections that break at every tenth request, no more could come without a new one.
    expect(result.requests).toBeGreaterThan(18);
  });

  test("measures the time from request to answer", async () => {
    const port = await listenHttp((_, response) => {
      setTimeout(() => response.end("{}"), 30);
    });
    const result = await closedLoop(port, adds(port), { connections: 3, warmUpMs: 0, measureMs: 400 });
    expect(result.p50).toBeGreaterThanOrEqual(29);
    expect(result.p99).toBeGreaterThanOrEqual(result.p50);
    expect(result.rate).toBeLessThan(3 / 0.029);
  });

  test("speaks to Redis, and tells its errors", async () => {
    let requests = 0;
    const port = await listen(
      createSocketServer((socket) => {
        socket.on("data", (data) => {
          if (!/^\*3\r\n\$3\r\nSET\r\n\$\d+\r\nkey-\d+\r\n\$5\r\nvalue\r\n$/.test(String(data))) socket.destroy();
          else socket.write(++requests % 2 === 0 ? "+OK\r\n" : "-ERR no\r\n");
        });
        socket.on("error", () => socket.destroy());
      }),
    );
    const protocol = respProtocol((sequence) => ["SET", `key-${sequence}`, "value"]);
    const result = await closedLoop(port, protocol, plan(1));
    expect(result.requests).toBeGreaterThan(0);
    expect(Object.keys(result.errors)).toEqual(["-ERR no"]);
  });
});
