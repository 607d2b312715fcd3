/** Library seats while leaders die: one seat is given once, and what falls due falls due once, at its time. */
import { credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { ClusterReport } from "../../local-stack/supervisor/cluster-report.ts";
import { ReservationServiceClient } from "../../proto/generated/library.ts";
import { eventually } from "../consensus/cluster/test-cluster.ts";
import { isoAfter, LibraryUser, type Reservation, reserveByGrpc, type Slot } from "./library-clients.ts";
import { type RunningStack, startStackWith } from "./running-stack.ts";

const CLIENTS = 200;
const USERS = 8;
const GRACE_MS = 2000;
const PATIENCE_MS = 10_000;

let stack: RunningStack;
let users: readonly LibraryUser[];

beforeAll(async () => {
  stack = await startStackWith({ GRACE_MINUTES: String(GRACE_MS / 60_000) }, "--demo");
  const names = Array.from({ length: USERS }, (_, number) => `user-${number}`);
  users = await Promise.all(names.map((name) => LibraryUser.register(stack, name)));
});
afterAll(() => stack.stop());

const user = (number: number): LibraryUser => {
  const found = users[number % USERS];
  if (found === undefined) throw new Error("there are users");
  return found;
};

async function leaderOf(group: string): Promise<number> {
  return eventually(`${group} has a leader`, PATIENCE_MS, async () => {
    const { groups } = ClusterReport.parse(await (await fetch(`${stack.http}/cluster`)).json());
    const leader = groups.find(({ name }) => name === group)?.leader;
    return leader !== undefined && leader !== null && { leader };
  }).then(({ leader }) => leader);
}

async function killLeader(): Promise<number> {
  const leader = await leaderOf("library");
  expect(await stack.tutti("node", "kill", String(leader))).toMatchObject({ code: 0 });
  return leader;
}

async function restart(node: number): Promise<void> {
  expect(await stack.tutti("node", "restart", String(node))).toMatchObject({ code: 0 });
}

test("of 200 who want one seat at once, over HTTP and gRPC while the leader dies, one gets it and 199 hear of a conflict", async () => {
  const grpc = new ReservationServiceClient(stack.grpc, credentials.createInsecure());
  const slot: Slot = { seat_id: 7, start_time: "2099-03-02T10:00:00Z", end_time: "2099-03-02T12:00:00Z" };
  const killing = killLeader();
  const answers = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, number) => {
      // Spread over the time in which the leader dies.
      await new Promise((resolve) => setTimeout(resolve, 3 * number));
      if (number % 2 === 0) return reserveByGrpc(grpc, user(number).id, slot);
      const { status, body } = await user(number).request("POST", "/reservations", slot);
      if (status === 409) expect(JSON.stringify(body)).toContain("conflict");
      return String(status);
    }),
  );
  grpc.close();
  await restart(await killing);
  const count = (...wanted: readonly string[]) => answers.filter((answer) => wanted.includes(answer)).length;
  expect(count("OK", "201")).toBe(1);
  expect(count("ALREADY_EXISTS", "409")).toBe(CLIENTS - 1);
});

const AuditRecords = z.array(z.object({ time: z.string(), action: z.string(), user_id: z.int() }));

/** What was done with the reservation, by the clock in the log. */
async function auditOf({ id }: Reservation): Promise<z.infer<typeof AuditRecords>> {
  const { stdout } = await stack.tutti("reservations", "audit", String(id), "--json");
  return AuditRecords.parse(JSON.parse(stdout));
}

/** Milliseconds by which it came late, by the clock in the log. */
async function lateness(reservation: Reservation, { start_time }: Slot): Promise<number> {
  const noShows = (await auditOf(reservation)).filter(({ action }) => action === "no-show");
  expect(noShows).toMatchObject([{ user_id: 0 }]);
  return Date.parse(noShows[0]?.time ?? "") - (Date.parse(start_time) + GRACE_MS);
}

const soon = (seat: number): Slot => ({ seat_id: seat, start_time: isoAfter(500), end_time: isoAfter(3_600_000) });

test("who does not come is a no-show within 100 ms of the instant, once; who waits for the seat is offered it", async () => {
  const slots = [11, 12, 13].map(soon);
  const reservations = await Promise.all(slots.map((slot) => user(0).reserve(slot)));
  const { body: joined } = await user(1).request("POST", "/waitlist", {
    seat_id: 12,
    desired_time: slots[1]?.start_time,
  });
  const { id: waiting } = z.object({ id: z.int() }).parse(joined);
  const stream = await user(1).listen();
  await eventually("they are no-shows", PATIENCE_MS, async () => {
    const states = await Promise.all(reservations.map((reservation) => user(0).statusOf(reservation)));
    return states.every((state) => state === "NO_SHOW");
  });
  await eventually("the offer has come", PATIENCE_MS, async () => stream.heard.length > 0);
  expect(stream.heard).toMatchObject([{ type: "offer", seat_id: 12, waitlist_id: waiting }]);
  await stream.close();
  // One of three may have met a pause of a busy machine.
  const late = await Promise.all(reservations.map((reservation, i) => lateness(reservation, slots[i] ?? soon(0))));
  for (const milliseconds of late) expect(milliseconds).toBeGreaterThanOrEqual(0);
  expect(Math.min(...late)).toBeLessThanOrEqual(100);
});

test("a no-show happens once, also when the leader dies in the second in which it falls due", async () => {
  const slot = soon(21);
  const reservation = await user(2).reserve(slot);
  const due = Date.parse(slot.start_time) + GRACE_MS;
  await new Promise((resolve) => setTimeout(resolve, due - 400 - Date.now()));
  const killed = await killLeader();
  await eventually("it is a no-show", PATIENCE_MS, async () => (await user(2).statusOf(reservation)) === "NO_SHOW");
  await restart(killed);
  const late = await lateness(reservation, slot);
  expect(late).toBeGreaterThanOrEqual(0);
  // Another leader, elected by then or soon after.
  expect(late).toBeLessThanOrEqual(1000);
  expect((await auditOf(reservation)).map(({ action }) => action)).toEqual(["reserved", "no-show"]);
});
