/** The library as users meet it, with the students and seats of `--demo`: lists of seats, and reservations that all succeed. */

import * as z from "zod";
import { bindCore } from "../../../consensus-nodes/client/core.ts";
import { CoreClient } from "../../../consensus-nodes/client/core-client.ts";
import { DEMO_PASSWORD, demoSeats, demoUsers } from "../../../local-stack/stack/demo.ts";
import { httpProtocol } from "../load/http-protocol.ts";
import type { Protocol } from "../load/protocol.ts";
import { type RunningStack, startStack } from "./stack.ts";
import type { Target } from "./target.ts";

const NODES = 5;
const LOGIN_DEADLINE_MS = 30_000;
const HOUR_MS = 3_600_000;
/** Of one user, in one load: no bench makes more. */
const OPEN_RESERVATIONS = 1_000_000;

const LoggedIn = z.object({ token: z.string() });

export const listSeats = library("GET /seats", (port, tokens) =>
  inTurn(tokens.map((token) => httpProtocol(port, bearer(token), () => ({ path: "/seats" })))),
);

/** Each of another seat, or of another hour: one after the other from tomorrow on. */
export const makeReservations = library("POST /reservations", (port, tokens) => {
  const tomorrow = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 24 * HOUR_MS;
  let made = 0;
  const next = () => {
    const number = made++;
    const start = tomorrow + Math.floor(number / demoSeats.length) * HOUR_MS;
    const [from, to] = [start, start + HOUR_MS].map((time) => new Date(time).toISOString());
    const seat = 1 + (number % demoSeats.length);
    return { path: "/reservations", body: `{"seat_id":${seat},"start_time":"${from}","end_time":"${to}"}` };
  };
  return inTurn(tokens.map((token) => httpProtocol(port, bearer(token), next)));
});

/** One protocol for all loads of a block: what it has reserved stays reserved. */
function library(name: string, protocolOf: (port: number, tokens: readonly string[]) => Protocol): Target {
  return {
    kind: "ours",
    name,
    nodes: NODES,
    missing: () => undefined,
    async start(parent) {
      const stack = await startStack(parent, ["--nodes", String(NODES), "--demo"]);
      try {
        await allowReservations(stack);
        const protocol = protocolOf(stack.port, await logIn(stack.port));
        return { load: async () => ({ port: stack.port, protocol }), end: stack.end };
      } catch (error) {
        await stack.end();
        throw error;
      }
    },
  };
}

/** One user may have a thousand at once, and a load makes more. */
async function allowReservations(stack: RunningStack): Promise<void> {
  const client = new CoreClient({
    nodes: Array.from({ length: NODES }, (_, id) => ({ id, address: stack.addressOf(id) })),
  });
  try {
    await bindCore(client, {}).library.configure({ openReservations: OPEN_RESERVATIONS });
  } finally {
    client.close();
  }
}

/** A token of each student's. @throws {Error} when one is not let in */
function logIn(port: number): Promise<string[]> {
  return Promise.all(
    demoUsers.map(async ({ login }) => {
      const response = await fetch(`http://127.0.0.1:${port}/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ student_id: login, password: DEMO_PASSWORD }),
        signal: AbortSignal.timeout(LOGIN_DEADLINE_MS),
      });
      if (!response.ok) throw new Error(`${login} is not let in: status ${response.status}`);
      return LoggedIn.parse(await response.json()).token;
    }),
  );
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Requests of each in turn. Their answers are told apart by none. */
function inTurn(protocols: readonly Protocol[]): Protocol {
  const [first] = protocols;
  if (first === undefined) throw new Error("nobody sends requests");
  return {
    request: (sequence) => (protocols[sequence % protocols.length] ?? first).request(sequence),
    answer: first.answer,
  };
}
