/** Every gRPC method of the library but those of accounts, through generated stubs. */
import { status } from "@grpc/grpc-js";
import { beforeAll, describe, expect, test } from "vitest";
import {
  NotifyServiceClient,
  OperationServiceClient,
  ReservationServiceClient,
  SeatServiceClient,
} from "../../proto/generated/library.ts";
import { type Front, http, type RpcOptions, rpc } from "./front.ts";
import {
  administration,
  at,
  MINUTE_MS,
  newName,
  newSeat,
  newStudent,
  reserve,
  type Student,
  setMaintenance,
  soon,
} from "./library-people.ts";

const NOBODY = 2 ** 31 - 1;
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/;

export function libraryGrpcSuite(front: () => Front): void {
  let seats: SeatServiceClient;
  let reservations: ReservationServiceClient;
  let notify: NotifyServiceClient;
  let operations: OperationServiceClient;
  beforeAll(() => {
    seats = front().stub(SeatServiceClient);
    reservations = front().stub(ReservationServiceClient);
    notify = front().stub(NotifyServiceClient);
    operations = front().stub(OperationServiceClient);
  });

  const student = () => newStudent(front());
  const by = ({ token }: Student): RpcOptions => ({ metadata: { authorization: `Bearer ${token}` } });
  const window = (from: number, to: number) => ({ startTime: at(from), endTime: at(to) });
  const book = (userId: number, seatId: number, from: number, to: number, options?: RpcOptions) =>
    rpc(reservations, reservations.createReservation, { userId, seatId, ...window(from, to) }, options);

  describe("library.SeatService", () => {
    const plain = { branch: "", area: "", availableOnly: false, startTime: "", endTime: "" };

    test("GetSeats lists by every filter; what is empty filters nothing", async () => {
      const branch = newName("Branch");
      const one = await newSeat(front(), { branch, hasPower: true });
      const two = await newSeat(front(), { branch, area: "Attic", hasMonitor: true });
      const get = (filters: object) => rpc(seats, seats.getSeats, { ...plain, branch, ...filters });
      const seat = { id: one, branch, area: "Hall", hasPower: true, hasMonitor: false, status: "AVAILABLE" };
      const other = { id: two, branch, area: "Attic", hasPower: false, hasMonitor: true, status: "AVAILABLE" };
      const listed = (each: object) => ({ ...each, isAvailable: true });
      expect(await get({})).toEqual({ ok: true, message: { seats: [seat, other].map(listed), count: 2 } });
      expect(await get({ hasPower: true })).toEqual({ ok: true, message: { seats: [listed(seat)], count: 1 } });
      expect(await get({ hasPower: false })).toEqual({ ok: true, message: { seats: [listed(other)], count: 1 } });
      expect(await get({ hasMonitor: true, area: "Attic" })).toMatchObject({ message: { seats: [{ id: two }] } });
      const ada = await student();
      await reserve(ada, one, at(1), at(2));
      expect(await get(window(1, 2))).toMatchObject({ message: { seats: [{ isAvailable: false }, { id: two }] } });
      expect(await get({ ...window(1, 2), availableOnly: true })).toMatchObject({ message: { count: 1 } });
      const half = await get({ startTime: at(1) });
      expect(half).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining("end_time") });
      const everywhere = await rpc(seats, seats.getSeats, plain);
      expect(everywhere).toMatchObject({ ok: true });
    });

    test("GetSeat, CheckAvailability and GetBranches do as their REST rows", async () => {
      const branch = newName("Branch");
      const seatId = await newSeat(front(), { branch, hasMonitor: true });
      const seat = { id: seatId, branch, hasMonitor: true, status: "AVAILABLE", isAvailable: true };
      expect(await rpc(seats, seats.getSeat, { seatId })).toMatchObject({ ok: true, message: { seat } });
      const asked = { seatId, startTime: "2030-01-07T11:00+01:00", endTime: at(12) };
      expect(await rpc(seats, seats.checkAvailability, asked)).toEqual({
        ok: true,
        message: { seatId, available: true, startTime: at(10), endTime: at(12) },
      });
      const counted = { branch, totalSeats: 1, powerSeats: 0, monitorSeats: 1, timeZone: "UTC", openingHours: "" };
      const { message } = Object(await rpc(seats, seats.getBranches, {}));
      expect(message.branches).toContainEqual(counted);
      expect(await rpc(seats, seats.getSeat, { seatId: NOBODY })).toMatchObject({ code: status.NOT_FOUND });
      expect(await rpc(seats, seats.getSeat, { seatId: 0 })).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await rpc(seats, seats.checkAvailability, { ...asked, seatId: NOBODY })).toMatchObject({
        code: status.NOT_FOUND,
      });
      expect(await rpc(seats, seats.checkAvailability, { seatId, startTime: "", endTime: "" })).toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining("start_time is missing"),
      });
    });
  });

  describe("library.ReservationService", () => {
    test("without a token it acts for the user that is named, from this machine", async () => {
      const branch = newName("Branch");
      const seatId = await newSeat(front(), { branch, area: "Hall", hasPower: true });
      const ada = await student();
      const made = await book(ada.id, seatId, 10, 12);
      const reservation = {
        id: expect.any(Number),
        userId: ada.id,
        seatId,
        startTime: at(10),
        endTime: at(12),
        status: "CONFIRMED",
        createdAt: expect.stringMatching(UTC),
        checkedInAt: "",
      };
      expect(made).toEqual({ ok: true, message: { reservation } });
      const reservationId: number = Object(made).message.reservation.id;
      const place = { branch, area: "Hall", hasPower: true, hasMonitor: false };
      const detail = { ...reservation, ...place, studentId: ada.login, userName: ada.name };
      expect(await rpc(reservations, reservations.getReservation, { reservationId })).toEqual({
        ok: true,
        message: { reservation: detail },
      });
      const list = (more: object) =>
        rpc(reservations, reservations.getUserReservations, {
          userId: ada.id,
          status: "",
          upcomingOnly: false,
          ...more,
        });
      expect(await list({})).toEqual({ ok: true, message: { reservations: [detail], count: 1 } });
      expect(await list({ status: "CANCELLED" })).toEqual({ ok: true, message: { reservations: [], count: 0 } });
      expect(await list({ status: "LATE" })).toMatchObject({ code: status.INVALID_ARGUMENT });
      const cancelled = { reservation: { ...reservation, status: "CANCELLED" } };
      expect(await rpc(reservations, reservations.cancelReservation, { reservationId })).toEqual({
        ok: true,
        message: cancelled,
      });
      expect(await list({ upcomingOnly: true })).toMatchObject({ message: { count: 0 } });
    });

    test("CheckIn checks in, once; and not too early", async () => {
      const seatId = await newSeat(front());
      const ada = await student();
      const reservationId = await reserve(ada, seatId, soon(MINUTE_MS), soon(60 * MINUTE_MS));
      const checkIn = (id: number) => rpc(reservations, reservations.checkIn, { reservationId: id });
      expect(await checkIn(reservationId)).toMatchObject({
        ok: true,
        message: { reservation: { status: "CHECKED_IN", checkedInAt: expect.stringMatching(UTC) } },
      });
      expect(await checkIn(reservationId)).toMatchObject({
        code: status.FAILED_PRECONDITION,
        details: expect.stringContaining("CHECKED_IN"),
      });
      expect(await checkIn(await reserve(ada, seatId, at(1), at(2)))).toMatchObject({
        code: status.FAILED_PRECONDITION,
        details: expect.stringContaining("too early"),
      });
    });

    test("refusals have their codes", async () => {
      const seatId = await newSeat(front());
      const ada = await student();
      await reserve(ada, seatId, at(1), at(2));
      expect(await book(ada.id, seatId, 1, 2)).toMatchObject({
        code: status.ALREADY_EXISTS,
        details: expect.stringContaining("conflict"),
      });
      expect(await book(ada.id, seatId, 2, 1)).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await book(ada.id, NOBODY, 1, 2)).toMatchObject({ code: status.NOT_FOUND });
      expect(await book(NOBODY, seatId, 3, 4)).toMatchObject({ code: status.NOT_FOUND });
      expect(await book(0, seatId, 3, 4)).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await book(-1, seatId, 3, 4)).toMatchObject({ code: status.INVALID_ARGUMENT });
      await setMaintenance(front(), seatId, true);
      expect(await book(ada.id, seatId, 3, 4)).toMatchObject({ code: status.FAILED_PRECONDITION });
      for (const method of ["getReservation", "checkIn", "cancelReservation"] as const) {
        const call = (reservationId: number) =>
          rpc<{ reservationId: number }, unknown>(reservations, reservations[method], { reservationId });
        expect(await call(NOBODY)).toMatchObject({ code: status.NOT_FOUND });
        expect(await call(0)).toMatchObject({ code: status.INVALID_ARGUMENT });
      }
    });

    test("with a token it acts for its user alone", async () => {
      const seatId = await newSeat(front());
      const [ada, eve] = [await student(), await student()];
      expect(await book(0, seatId, 1, 2, by(ada))).toMatchObject({ message: { reservation: { userId: ada.id } } });
      const made = await book(ada.id, seatId, 3, 4, by(ada));
      expect(made).toMatchObject({ message: { reservation: { userId: ada.id } } });
      expect(await book(ada.id, seatId, 5, 6, by(eve))).toMatchObject({ code: status.PERMISSION_DENIED });
      const others = { userId: ada.id, status: "", upcomingOnly: false };
      expect(await rpc(reservations, reservations.getUserReservations, others, by(eve))).toMatchObject({
        code: status.PERMISSION_DENIED,
      });
      const reservationId: number = Object(made).message.reservation.id;
      for (const method of ["getReservation", "checkIn", "cancelReservation"] as const) {
        const call = rpc<{ reservationId: number }, unknown>(
          reservations,
          reservations[method],
          { reservationId },
          by(eve),
        );
        expect(await call).toMatchObject({ code: status.NOT_FOUND });
      }
      const forged = { metadata: { authorization: "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0." } };
      expect(await book(ada.id, seatId, 5, 6, forged)).toMatchObject({ code: status.UNAUTHENTICATED });
    });

    test("an idempotency-key gives the first answer again", async () => {
      const seatId = await newSeat(front());
      const ada = await student();
      const options = { metadata: { "idempotency-key": newName("key") } };
      const first = await book(ada.id, seatId, 1, 2, options);
      expect(first).toMatchObject({ ok: true });
      expect(await book(ada.id, seatId, 1, 2, options)).toEqual(first);
      expect(await book(ada.id, seatId, 1, 3, options)).toMatchObject({ code: status.INVALID_ARGUMENT });
    });
  });

  describe("library.NotifyService", () => {
    const add = (message: Parameters<NotifyServiceClient["addToWaitlist"]>[0], options?: RpcOptions) =>
      rpc(notify, notify.addToWaitlist, message, options);

    test("AddToWaitlist, GetUserWaitlist and RemoveFromWaitlist do as their REST rows", async () => {
      const branch = newName("Branch");
      const seatId = await newSeat(front(), { branch });
      const ada = await student();
      const made = { id: expect.any(Number), userId: ada.id, branch, createdAt: expect.stringMatching(UTC) };
      const forSeat = { ...made, seatId, desiredTime: at(10) };
      const forBranch = { ...made, desiredTime: at(11) };
      expect(await add({ userId: ada.id, seatId, branch: "", desiredTime: at(10) })).toEqual({
        ok: true,
        message: { entry: forSeat },
      });
      expect(await add({ userId: ada.id, branch, desiredTime: at(11) })).toEqual({
        ok: true,
        message: { entry: { ...forBranch, seatId: undefined } },
      });
      const list = () => rpc(notify, notify.getUserWaitlist, { userId: ada.id });
      const listed = await list();
      expect(listed).toEqual({
        ok: true,
        message: { entries: [forSeat, { ...forBranch, seatId: undefined }], count: 2 },
      });
      const waitlistId: number = Object(listed).message.entries[0].id;
      const remove = (options?: RpcOptions) => rpc(notify, notify.removeFromWaitlist, { waitlistId }, options);
      expect(await remove(by(await student()))).toMatchObject({ code: status.NOT_FOUND });
      expect(await remove()).toEqual({ ok: true, message: { message: expect.any(String), id: waitlistId } });
      expect(await remove()).toMatchObject({ code: status.NOT_FOUND });
      expect(await list()).toMatchObject({ message: { count: 1 } });
    });

    test("refusals have their codes", async () => {
      const ada = await student();
      const wish = { userId: ada.id, branch: "", desiredTime: at(1) };
      expect(await add(wish)).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await add({ ...wish, branch: "Nowhere" })).toMatchObject({ code: status.NOT_FOUND });
      expect(await add({ ...wish, seatId: NOBODY })).toMatchObject({ code: status.NOT_FOUND });
      expect(await add({ ...wish, seatId: 1, userId: 0 })).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await add({ ...wish, seatId: 1, userId: NOBODY })).toMatchObject({ code: status.NOT_FOUND });
      expect(await add({ ...wish, seatId: 1, desiredTime: "" })).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await add(wish, by(await student()))).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await add({ ...wish, branch: "x" }, by(await student()))).toMatchObject({
        code: status.PERMISSION_DENIED,
      });
    });

    test("NotifyUsers tells the first who waits, or says that nobody does", async () => {
      const branch = newName("Branch");
      const seatId = await newSeat(front(), { branch });
      const tell = (message: string, options?: RpcOptions) =>
        rpc(notify, notify.notifyUsers, { seatId, message }, options);
      const nobody = { notified: false, userId: 0, studentId: "", message: "" };
      expect(await tell("free")).toEqual({ ok: true, message: nobody });
      const [ada, bob] = [await student(), await student()];
      await add({ userId: ada.id, branch, desiredTime: at(1) });
      expect(await tell("free")).toEqual({
        ok: true,
        message: { notified: true, userId: ada.id, studentId: ada.login, message: "free" },
      });
      await add({ userId: bob.id, seatId, branch: "", desiredTime: at(1) });
      expect(await tell("")).toMatchObject({ message: { userId: bob.id, message: expect.stringMatching(/./) } });
      expect(await tell("x".repeat(1001))).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await tell("free", by(ada))).toMatchObject({ code: status.PERMISSION_DENIED });
      expect(await rpc(notify, notify.notifyUsers, { seatId: NOBODY, message: "" })).toMatchObject({
        code: status.NOT_FOUND,
      });
    });
  });

  describe("library.AdministrationService", () => {
    test("SetSeat, SetBranch and SetMaintenance answer what is there now", async () => {
      const client = administration(front());
      const branch = newName("Branch");
      const id = await newSeat(front());
      const seat = { id, branch, area: "Attic", hasPower: true, hasMonitor: true };
      expect(await rpc(client, client.setSeat, { ...seat, maintenance: true })).toEqual({
        ok: true,
        message: { seat: { ...seat, status: "MAINTENANCE", isAvailable: false } },
      });
      expect(await rpc(client, client.setMaintenance, { seatId: id, maintenance: false })).toEqual({
        ok: true,
        message: { seat: { ...seat, status: "AVAILABLE", isAvailable: true } },
      });
      const hours = { branch, timeZone: "Europe/Berlin", openingHours: "Mo-Fr 08:00-22:00; Sa 10:00-18:00" };
      expect(await rpc(client, client.setBranch, hours)).toEqual({
        ok: true,
        message: { branch: { ...hours, totalSeats: 1, powerSeats: 1, monitorSeats: 1 } },
      });
      expect(await rpc(client, client.setMaintenance, { seatId: NOBODY, maintenance: true })).toMatchObject({
        code: status.NOT_FOUND,
      });
    });

    test.each([
      ["an unknown zone", { timeZone: "Mars/Base" }, /^time_zone must be an IANA time zone/],
      ["hours without days", { openingHours: "08:00-22:00" }, /^opening_hours cannot be read/],
      ["an unknown day", { openingHours: "Mo-Xy 08:00-22:00" }, /begins with no days like Mo-Fr,Su/],
      ["an hour that is none", { openingHours: "Mo 08:00-25:00" }, /has no hours like/],
      ["an end before its start", { openingHours: "Mo 22:00-02:00" }, /has no hours like/],
      ["no end", { openingHours: "Mo 22:00" }, /has no hours like/],
      ["an empty rule", { openingHours: "Mo 08:00-22:00;" }, /begins with no days/],
      ["a line break in its name", { branch: "two\nlines" }, /^branch must have no control characters/],
      ["no name", { branch: "" }, /^branch must have at least 1/],
    ])("a branch with %s is refused, and why", async (_, odd, details) => {
      const client = administration(front());
      const branch = { branch: newName("Branch"), timeZone: "UTC", openingHours: "", ...odd };
      expect(await rpc(client, client.setBranch, branch)).toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringMatching(details),
      });
    });

    test("is not for users, and not by HTTP", async () => {
      const client = administration(front());
      const ada = await student();
      const branch = { branch: newName("Branch"), timeZone: "UTC", openingHours: "" };
      expect(await rpc(client, client.setBranch, branch, by(ada))).toMatchObject({ code: status.PERMISSION_DENIED });
      expect(await rpc(client, client.audit, { reservationId: 0, limit: 1 }, by(ada))).toMatchObject({
        code: status.PERMISSION_DENIED,
      });
      expect(await http(front(), "/audit")).toMatchObject({ status: 404 });
    });

    test("Audit tells who did what, oldest first", async () => {
      const client = administration(front());
      const seatId = await newSeat(front());
      const ada = await student();
      const reservationId = await reserve(ada, seatId, at(1), at(2));
      await ada.call(`/reservations/${reservationId}`, { method: "DELETE" });
      const audit = (limit: number) => rpc(client, client.audit, { reservationId, limit });
      const record = {
        index: expect.any(Number),
        time: expect.stringMatching(UTC),
        userId: ada.id,
        seatId,
        reservationId,
      };
      const records = [
        { ...record, action: "reserved" },
        { ...record, action: "cancelled" },
      ];
      expect(await audit(0)).toEqual({ ok: true, message: { records } });
      expect(await audit(1)).toEqual({ ok: true, message: { records: records.slice(1) } });
      expect(await audit(10_001)).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await rpc(client, client.audit, { reservationId: 0, limit: 3 })).toMatchObject({
        ok: true,
        message: { records: [{}, {}, {}] },
      });
    });
  });

  test("library.OperationService takes any text into the journal, and tells in its message when it cannot", async () => {
    const submit = (operation: string) =>
      rpc(operations, operations.submitOperation, { operation, sourceId: "library" });
    expect(await submit("a text")).toEqual({
      ok: true,
      message: { success: true, result: "Committed", leaderId: "3" },
    });
    expect((await http(front(), "/journal?limit=1")).body).toMatchObject({
      records: [{ text: "a text", source: "library" }],
    });
    front().core.failure = { kind: "NoLeader", message: "" };
    expect(await submit("x")).toMatchObject({ message: { success: false, result: "No leader available" } });
    front().core.failure = { kind: "Unknown", led: false, message: "" };
    expect(await submit("x")).toMatchObject({ message: { success: false, result: "Failed to reach majority" } });
  });

  test("without a leader calls are UNAVAILABLE", async () => {
    front().core.failure = { kind: "NoLeader", message: "" };
    expect(await book(1, 1, 1, 2)).toMatchObject({ code: status.UNAVAILABLE });
    expect(await rpc(seats, seats.getBranches, {})).toMatchObject({ code: status.UNAVAILABLE });
  });
}
