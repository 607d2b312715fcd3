/** Who calls a function: found out before it is asked, and nothing that a client can say of itself. */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Metadata, status } from "@grpc/grpc-js";
import { UnsecuredJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Credentials } from "../../local-stack/credentials/credentials.ts";
import { knownPeer } from "../../local-stack/ingress/rpc-peer.ts";
import { AdministrationServiceClient, ReservationServiceClient } from "../../proto/generated/library.ts";
import { ERROR, type Front, http, PATIENCE, rpc, startFront } from "./front.ts";
import { type FunctionFolder, makeFunctionFolder } from "./function-folder.ts";

const functions = (file: string) => JSON.stringify(fileURLToPath(new URL(`../../functions/${file}`, import.meta.url)));

const IMPORTS = `
  import * as z from "zod";
  import { actingUser, ownerFilter } from ${functions("caller.ts")};
  import { defineFunction, reply } from ${functions("define-function.ts")};
  import { rpc } from ${functions("rpc.ts")};
`;

/** Tells who calls; its gRPC method tells by the number of reservations for whom it acts. */
const WHO = `${IMPORTS}
  export default defineFunction({
    name: "who", method: "GET", paths: ["/who"], summary: "For a test", access: "user",
    query: z.object({ user_id: z.coerce.number().optional() }),
    replies: { 200: { description: "Who.", schema: z.object({ id: z.int(), owner: z.int().nullable(), name: z.string(), address: z.string() }) } },
    refusals: { Forbidden: "Another's.", Invalid: "Nobody's." },
    rpcs: [rpc("/library.ReservationService/GetUserReservations")({
      input: ({ userId }) => ({ query: { user_id: userId } }),
      reply: ({ id }) => ({ reservations: [], count: id }),
    })],
    async handle({ input, caller, address }) {
      const id = actingUser(caller, input.query.user_id);
      if (typeof id !== "number") return id;
      return reply(200, { id, owner: ownerFilter(caller), name: caller.kind === "user" ? caller.user.name : "", address });
    },
  });`;

const ANYBODY = `${IMPORTS}
  export default defineFunction({
    name: "anybody", method: "GET", paths: ["/anybody"], summary: "For a test",
    replies: { 200: { description: "Who.", schema: z.object({ kind: z.string() }) } },
    handle: async ({ caller }) => reply(200, { kind: caller.kind }),
  });`;

const OPERATOR = `${IMPORTS}
  export default defineFunction({
    name: "operator", method: "POST", paths: [], summary: "For a test", access: "trusted",
    replies: { 200: { description: "Done.", schema: z.object({}) } },
    rpcs: [rpc("/library.AdministrationService/SetMaintenance")({ input: () => ({}), reply: () => ({ seat: undefined }) })],
    handle: async () => reply(200, {}),
  });`;

/** An event as often as the journal answers. */
const EVENTS = `${IMPORTS}
  export default defineFunction({
    name: "events", method: "GET", paths: ["/events"], summary: "For a test", access: "user", tokenInQuery: true,
    replies: { 200: { description: "Events.", type: "text/event-stream", schema: z.any() } },
    async handle({ patient }) {
      const text = new TextEncoder();
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          await patient(1000).journal.read({ limit: 1 });
          controller.enqueue(text.encode("data: tick\\n\\n"));
        },
      });
      return { status: 200, body, headers: { "content-type": "text/event-stream" } };
    },
  });`;

/** Asks the host for what it should not have, and tells all it heard. */
const SNOOP = `${IMPORTS}
  export default defineFunction({
    name: "snoop", method: "GET", paths: ["/snoop"], summary: "For a test",
    replies: { 200: { description: "All.", schema: z.object({ heard: z.array(z.string()) }) } },
    async handle({ credentials }) {
      const heard = [JSON.stringify(credentials), await credentials.issue(1, 0)];
      for (const path of ["credentials/", "credentials/key", "credentials/constructor", "key.json", "bundle/key", "call"]) {
        for (const init of [{}, { method: "POST", body: "[]" }, { method: "POST", body: "{" }]) {
          const response = await fetch("http://host/" + path, init);
          heard.push(response.status + " " + (await response.text()));
        }
      }
      return reply(200, { heard });
    },
  });`;

const thing = (name: string, path: string) => `${IMPORTS}
  export default defineFunction({
    name: "${name}", method: "GET", paths: ["${path}"], summary: "For a test", params: z.object({ id: z.string().default("") }),
    replies: { 200: { description: "Which.", schema: z.object({ name: z.string() }) } },
    handle: async () => reply(200, { name: "${name}" }),
  });`;

describe.each(["node", "workerd"] as const)("in the runtime %s", (kind) => {
  let folder: FunctionFolder;
  let front: Front;
  const key = randomBytes(32);
  const ada = { id: 1, login: "ada", name: "Ada 🌊 Lovelace" };

  beforeAll(async () => {
    folder = await makeFunctionFolder();
    await folder.write("test/who.ts", WHO);
    await folder.write("test/anybody.ts", ANYBODY);
    await folder.write("test/operator.ts", OPERATOR);
    await folder.write("test/events.ts", EVENTS);
    await folder.write("test/snoop.ts", SNOOP);
    await folder.write("things/a.ts", thing("one", "/things/:id"));
    await folder.write("things/b.ts", thing("own", "/things/mine"));
    front = await startFront(kind, { folder: folder.path, reloadable: true, key });
    const hash = { algorithm: "scrypt", N: 2, r: 1, p: 1, salt: "", key: "" };
    for (const name of [ada.name, "Bob"]) {
      const login = name === ada.name ? ada.login : "bob";
      await front.core.call({ group: "accounts", name: "register", input: { login, name, hash } });
    }
  });
  afterAll(async () => {
    await front.close();
    await folder.close();
  });
  afterEach(() => {
    front.core.failure = undefined;
  });

  const token = (user = ada.id, at = Date.now()) => front.credentials.issue(user, at);
  const bearer = async (issued: string | Promise<string> = token()) => ({ authorization: `Bearer ${await issued}` });
  const who = (headers: Record<string, string>, query = "") => http(front, `/who${query}`, { headers });
  const PROBLEM = { error: expect.any(String), detail: expect.any(String) };

  describe("by HTTP", () => {
    test("a user comes with a token, and acts for himself", async () => {
      const expected = { id: 1, owner: 1, name: ada.name, address: "127.0.0.1" };
      expect(await who(await bearer())).toMatchObject({ status: 200, body: expected });
      expect(await who({ authorization: `bearer  ${await token()} ` })).toMatchObject({ status: 200 });
      expect(await who(await bearer(), "?user_id=1")).toMatchObject({ status: 200, body: expected });
      expect(await who(await bearer(), "?user_id=2")).toMatchObject({ status: 403, body: PROBLEM });
    });

    test.each([
      ["nothing", async () => ({})],
      ["another scheme", async () => ({ authorization: `Basic ${await token()}` })],
      ["an empty token", async () => ({ authorization: "Bearer " })],
      ["two tokens", async () => ({ authorization: `Bearer ${await token()} ${await token()}` })],
      ["no token at all", async () => ({ authorization: "Bearer ünlesbar" })],
      ["an expired token", () => bearer(token(1, Date.now() - 25 * 3600 * 1000))],
      ["a token of nobody", () => bearer(token(99))],
      ["a token of another stack", () => bearer(new Credentials(randomBytes(32), front.core).issue(1, Date.now()))],
      [
        "a token without a signature",
        () => bearer(new UnsecuredJWT({ sub: "1", iss: "tutti", aud: "tutti" }).setExpirationTime("1h").encode()),
      ],
    ])("who comes with %s is not let in", async (_, headers) => {
      const answer = await who(await headers());
      expect(answer).toMatchObject({ status: 401, body: PROBLEM });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    });

    test("a user who is gone is not let in, with a token that was good", async () => {
      const input = { login: "gone", name: "Gone", hash: { algorithm: "scrypt", N: 2, r: 1, p: 1, salt: "", key: "" } };
      const reply = await front.core.call({ group: "accounts", name: "register", input });
      const { id } = Object(Object(reply).value).user;
      const headers = await bearer(token(id));
      expect(await who(headers)).toMatchObject({ status: 200 });
      await front.core.call({ group: "accounts", name: "remove", input: { id } });
      expect(await who(headers)).toMatchObject({ status: 401 });
    });

    test("a token that cannot be looked up now is nobody's fault", async () => {
      front.core.failure = { kind: "NoLeader", message: "" };
      expect(await who(await bearer())).toMatchObject({ status: 503, body: PROBLEM });
    });

    test("nobody says who he is but by a token", async () => {
      const peer = encodeURIComponent(JSON.stringify({ caller: { kind: "user", user: ada }, address: "192.0.2.1" }));
      const claims = { "x-tutti-peer": peer, "X-Tutti-Caller": peer, "x-forwarded-for": "192.0.2.1" };
      expect(await who(claims)).toMatchObject({ status: 401 });
      const bob = await who({ ...claims, ...(await bearer(token(2))) });
      expect(bob).toMatchObject({ status: 200, body: { id: 2, name: "Bob", address: "127.0.0.1" } });
    });

    test("a function for anybody asks for nothing, and costs nothing", async () => {
      const calls = front.core.calls.length;
      const answer = await http(front, "/anybody", { headers: { authorization: "Bearer x" } });
      expect(answer).toMatchObject({ status: 200, body: { kind: "anyone" } });
      expect(front.core.calls).toHaveLength(calls);
    });

    test("a token is in the query only where that is said, and in no log", async () => {
      const inQuery = `?token=${await token()}`;
      expect(await who({}, inQuery)).toMatchObject({ status: 401 });
      const stream = await fetch(`${front.url}/events${inQuery}`);
      expect(stream.status).toBe(200);
      await stream.body?.cancel();
      expect(await http(front, "/events?token=x")).toMatchObject({ status: 401 });
      await expect.poll(() => front.log.at(-1), PATIENCE).toMatchObject({ path: "/events", status: 401 });
      expect(JSON.stringify(front.log)).not.toContain(await token());
      expect(JSON.stringify(front.log)).not.toContain("token=");
    });

    test("the document says where a token is needed, and how it is sent", async () => {
      const { body } = await http(front, "/openapi.json");
      expect(body).toMatchObject({
        components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
        paths: {
          "/who": {
            get: { security: [{ bearer: [] }], responses: { 401: expect.any(Object), 403: expect.any(Object) } },
          },
          "/events": { get: { security: [{ bearer: [] }, { token: [] }] } },
        },
      });
      expect(body).not.toHaveProperty(["paths", "/anybody", "get", "security"]);
    });

    test("a path with a fixed segment is found beside one with a parameter", async () => {
      expect(await http(front, "/things/mine")).toMatchObject({ body: { name: "own" } });
      expect(await http(front, "/things/7")).toMatchObject({ body: { name: "one" } });
    });
  });

  // In the other runtime there is no wall.
  test.runIf(kind === "workerd")("the key stays with the host, whatever an isolate asks for", async () => {
    const { status, body } = await http(front, "/snoop");
    expect(status).toBe(200);
    const { heard } = Object(body);
    expect(heard).toHaveLength(20);
    for (const form of ["hex", "base64", "base64url"] as const) {
      expect(heard.join("\n")).not.toContain(key.toString(form).slice(0, 40));
    }
  });

  describe("by gRPC", () => {
    const reservations = () => front.stub(ReservationServiceClient);
    const call = (userId: number, metadata?: Record<string, string>) => {
      const client = reservations();
      return rpc(
        client,
        client.getUserReservations,
        { userId, status: "", upcomingOnly: false },
        metadata && { metadata },
      );
    };
    const operate = (metadata: Record<string, string>) => {
      const client = front.stub(AdministrationServiceClient);
      return rpc(client, client.setMaintenance, { seatId: 1, maintenance: true }, { metadata });
    };

    test("this machine is trusted without a token, and names whom it acts for", async () => {
      expect(await call(7)).toMatchObject({ ok: true, message: { count: 7 } });
      expect(await call(0)).toMatchObject({ ok: false, code: status.INVALID_ARGUMENT });
    });

    test("with a token it is the token's user alone", async () => {
      expect(await call(0, await bearer())).toMatchObject({ ok: true, message: { count: 1 } });
      expect(await call(1, await bearer())).toMatchObject({ ok: true, message: { count: 1 } });
      expect(await call(2, await bearer())).toMatchObject({ ok: false, code: status.PERMISSION_DENIED });
    });

    test("a bad token is worse than none", async () => {
      for (const authorization of ["", "Bearer x", `Basic ${await token()}`]) {
        expect(await call(7, { authorization })).toMatchObject({ ok: false, code: status.UNAUTHENTICATED });
      }
      const expired = await bearer(token(1, 0));
      expect(await call(7, expired)).toMatchObject({ ok: false, code: status.UNAUTHENTICATED });
    });

    test("what is for operators takes no token", async () => {
      expect(await operate({})).toMatchObject({ ok: true });
      expect(await operate(await bearer())).toMatchObject({ ok: false, code: status.PERMISSION_DENIED });
      expect(await operate({ authorization: "Bearer x" })).toMatchObject({ code: status.PERMISSION_DENIED });
    });
  });

  describe("an event stream", () => {
    const open = async (signal?: AbortSignal) =>
      fetch(`${front.url}/events`, { headers: await bearer(), ...(signal && { signal }) });
    const first = async (response: Response) => {
      const reader = response.body?.getReader();
      const chunk = await reader?.read();
      expect(new TextDecoder().decode(chunk?.value)).toContain("data: tick");
      return reader;
    };
    /** Whether the function goes on asking. */
    const quiet = async () => {
      const before = front.core.calls.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return front.core.calls.length === before;
    };

    test("outlives a request's deadline, call by call", async () => {
      const response = await open();
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      const reader = await first(response);
      expect(front.core.calls.at(-1)?.timeout).toBe(1000);
      await reader?.cancel();
    });

    test("ends when its client goes away", async () => {
      const gone = new AbortController();
      await first(await open(gone.signal));
      gone.abort();
      await expect.poll(quiet, PATIENCE).toBe(true);
      expect(front.log.filter(({ level }) => level >= ERROR)).toEqual([]);
    });

    test("that is only asked about (HEAD) is not opened", async () => {
      const answer = await fetch(`${front.url}/events`, { method: "HEAD", headers: await bearer() });
      expect(answer.status).toBe(200);
      await expect.poll(quiet, PATIENCE).toBe(true);
    });

    test("of one user too many ends the oldest", async () => {
      const readers = [];
      for (let i = 0; i < 17; i++) readers.push(await first(await open()));
      const [oldest, ...others] = readers;
      while (!(await oldest?.read())?.done);
      expect(await others.at(0)?.read()).toMatchObject({ done: false });
      for (const reader of others) await reader?.cancel();
    });

    test("ends at once, and cleanly, when the gateway is closed", async () => {
      const reader = await first(await open());
      const closed = front.gateway.close();
      // What is cut off is an error.
      while (!(await reader?.read())?.done);
      await closed;
      await expect.poll(quiet, PATIENCE).toBe(true);
    });
  });
});

test("by gRPC another machine needs a token, and is no operator", async () => {
  const credentials = { check: async () => undefined };
  const from = (peer: string) => ({ getPeer: () => peer, metadata: new Metadata() });
  const elsewhere = await knownPeer(from("192.0.2.7:5000"), "user", credentials);
  expect(elsewhere).toMatchObject({ ok: false, failure: { kind: "Unauthenticated" } });
  const operator = await knownPeer(from("192.0.2.7:5000"), "trusted", credentials);
  expect(operator).toMatchObject({ ok: false, failure: { kind: "Forbidden" } });
  for (const here of ["127.0.0.1:5000", "::1:5000", "::ffff:127.0.0.1:5000"]) {
    expect(await knownPeer(from(here), "user", credentials)).toMatchObject({ value: { caller: { kind: "trusted" } } });
  }
});
