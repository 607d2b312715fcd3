import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import { type RequestLine, RequestLog } from "../../local-stack/gateway/request-log.ts";

const path = fc.oneof(fc.webPath(), fc.string({ unit: "binary" }), fc.constantFrom('/"', "/\\", "/\n", "/é"));
const who = {
  id: fc.stringMatching(/^[A-Za-z0-9._:/+=@-]{1,20}$/),
  method: fc.constantFrom("GET", "M-SEARCH", "/queue.QueueService/AddTrack"),
};
const what = {
  status: fc.integer({ min: 0, max: 599 }),
  ms: fc.integer({ min: 0, max: 1e9 }).map((microseconds) => microseconds / 1000),
  function: fc.constantFrom(undefined, "add_track"),
  trace: fc.constantFrom(undefined, "0af7651916cd43dd8448eb211c80319c"),
};
/** HTTP has a path, gRPC has none. In the order in which they are written. */
const line: fc.Arbitrary<RequestLine> = fc.oneof(fc.record({ ...who, ...what }), fc.record({ ...who, path, ...what }));

test("a request's line is the one that pino would have written", () => {
  const written: string[] = [];
  const write = (line: string) => written.push(line);
  const log = pino({ base: null, timestamp: () => `,"time":${Date.now()}` }, { write });
  const requests = new RequestLog(log, write);
  fc.assert(
    fc.property(line, (line) => {
      log.info(line);
      requests.add(line, undefined);
      const [expected = "", own = ""] = written.splice(0).map((text) => text.replace(/"time":\d{13}/, '"time":0'));
      expect(own).toBe(expected);
    }),
  );
});

test("what was thrown is told by pino, as an error", () => {
  const written: string[] = [];
  const write = (line: string) => written.push(line);
  const requests = new RequestLog(pino({ base: null }, { write }), write);
  const line = { id: "a-1", method: "GET", path: "/", status: 500, ms: 1, function: "queue", trace: undefined };
  requests.add(line, new Error("why"));
  expect(JSON.parse(written.join(""))).toMatchObject({ level: 50, id: "a-1", status: 500, err: { message: "why" } });
});
