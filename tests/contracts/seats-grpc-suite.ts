/** Library seats by generated Python stubs: seats.md, and the same from the command line. */
import { beforeAll, describe, expect, test } from "vitest";
import { drivePython, type PythonReplies, pythonGrpcIsHere } from "./python-stubs.ts";
import type { RunningStack } from "./running-stack.ts";

const seat1 = { id: 1, branch: "Main Library", area: "Silent Study Zone" };

/** Finds the demo as it is in a new cluster. */
export function seatsGrpcSuite(running: () => RunningStack): void {
  describe.skipIf(!pythonGrpcIsHere())("library seats by generated Python stubs", () => {
    let stack: RunningStack;
    let replies: PythonReplies;

    beforeAll(async () => {
      stack = running();
      replies = await drivePython("library_client.py", ["library.proto"], stack.grpc, stack.secondGrpc);
    });

    const first = (name: string) => replies.get(name)?.[0];
    const reply = (name: string) => first(name)?.reply;

    test("library.AuthService: accounts, tokens, and one answer to a wrong name and a wrong password", () => {
      expect(reply("Login demo")).toMatchObject({ token: expect.any(String), student_id: "S2021001" });
      expect(first("Login wrong password")).toMatchObject({ code: "UNAUTHENTICATED" });
      expect({ ...first("Login wrong name") }).toEqual({ ...first("Login wrong password") });
      expect(reply("Register")).toMatchObject({ token: expect.any(String), student_id: "P1", name: "Ada" });
      expect(first("Register again")).toMatchObject({ code: "ALREADY_EXISTS" });
      expect(reply("Verify")).toMatchObject({ valid: true, student_id: "P1" });
      expect(reply("Verify forged")).toEqual({});
    });

    test("library.SeatService: the demo's sixty seats, all free", () => {
      expect(reply("GetSeats")).toMatchObject({ count: 60 });
      const seats = reply("GetSeats");
      expect(JSON.stringify(seats).match(/"AVAILABLE"/g)).toHaveLength(60);
      expect(JSON.stringify(seats).match(/"is_available":true/g)).toHaveLength(60);
      expect(reply("GetSeats filtered")).toMatchObject({ count: 15 });
      expect(reply("GetSeat")).toMatchObject({ seat: { ...seat1, status: "AVAILABLE", is_available: true } });
      expect(first("GetSeat unknown")).toMatchObject({ code: "NOT_FOUND" });
      const branches = [
        { branch: "Main Library", total_seats: 30 },
        { branch: "Engineering Library", total_seats: 15 },
        { branch: "Business Library", total_seats: 15 },
      ];
      expect(reply("GetBranches")).toEqual({
        branches: expect.arrayContaining(branches.map((branch) => expect.objectContaining(branch))),
      });
      expect(reply("CheckAvailability")).toMatchObject({ seat_id: 1, available: true });
      // False is not told in proto3 JSON.
      expect(reply("CheckAvailability taken")).not.toHaveProperty("available");
    });

    test("library.ReservationService: what is taken, what is another's, what is too early", () => {
      expect(reply("CreateReservation")).toMatchObject({ reservation: { seat_id: 1, status: "CONFIRMED" } });
      expect(first("CreateReservation clash")).toMatchObject({ code: "ALREADY_EXISTS" });
      expect(first("CreateReservation unknown seat")).toMatchObject({ code: "NOT_FOUND" });
      expect(first("CreateReservation backwards")).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(first("CreateReservation for another")).toMatchObject({ code: "PERMISSION_DENIED" });
      expect(first("CreateReservation forged")).toMatchObject({ code: "UNAUTHENTICATED" });
      expect(reply("GetReservation")).toMatchObject({
        reservation: { branch: "Main Library", student_id: "P1", user_name: "Ada", status: "CONFIRMED" },
      });
      const hidden = JSON.stringify(first("GetReservation of another"));
      const unknown = JSON.stringify(first("GetReservation unknown"));
      expect(hidden.replace(/reservation \d+/, "")).toBe(unknown.replace(/reservation \d+/, ""));
      expect(first("GetReservation unknown")).toMatchObject({ code: "NOT_FOUND" });
      expect(first("CheckIn early")).toMatchObject({ code: "FAILED_PRECONDITION" });
      expect(reply("CheckIn")).toMatchObject({
        reservation: { status: "CHECKED_IN", checked_in_at: expect.stringMatching(/Z$/) },
      });
      expect(first("CheckIn twice")).toMatchObject({ code: "FAILED_PRECONDITION" });
      expect(reply("GetUserReservations")).toMatchObject({ count: 2 });
      expect(reply("GetUserReservations checked in")).toMatchObject({ count: 1, reservations: [{ seat_id: 3 }] });
    });

    test("library.NotifyService: who waits is told, and gets what becomes free", () => {
      expect(reply("AddToWaitlist")).toMatchObject({ entry: { seat_id: 1, branch: "Main Library" } });
      expect(reply("AddToWaitlist branch")).toMatchObject({ entry: { branch: "Business Library" } });
      expect(first("AddToWaitlist nothing")).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(reply("GetUserWaitlist")).toMatchObject({ count: 2 });
      expect(reply("NotifyUsers")).toMatchObject({ notified: true, student_id: "P2", message: "soon free" });
      expect(reply("NotifyUsers nobody")).not.toHaveProperty("notified");
      expect(first("CancelReservation of another")).toMatchObject({ code: "NOT_FOUND" });
      expect(reply("CancelReservation")).toMatchObject({ reservation: { status: "CANCELLED" } });
      expect(first("CreateReservation offered to another")).toMatchObject({ code: "ALREADY_EXISTS" });
      expect(reply("CreateReservation offered")).toMatchObject({ reservation: { status: "CONFIRMED" } });
      expect(first("RemoveFromWaitlist taken")).toMatchObject({ code: "NOT_FOUND" });
      expect(reply("RemoveFromWaitlist")).toMatchObject({ message: expect.any(String), id: expect.any(Number) });
    });

    test("library.AdministrationService is for this machine, without a token", () => {
      expect(reply("SetSeat")).toMatchObject({ seat: { id: 61, branch: "Annex", status: "AVAILABLE" } });
      expect(reply("SetBranch")).toMatchObject({ branch: { branch: "Annex", time_zone: "Europe/Berlin" } });
      expect(reply("SetMaintenance")).toMatchObject({ seat: { id: 61, status: "MAINTENANCE" } });
      expect(first("CreateReservation in maintenance")).toMatchObject({ code: "FAILED_PRECONDITION" });
      expect(first("SetSeat with a token")).toMatchObject({ code: "PERMISSION_DENIED" });
      expect(reply("Audit")).toMatchObject({ records: [{ action: "reserved" }, { action: "cancelled" }] });
    });

    test("library.OperationService puts an operation into the journal, on both ports", async () => {
      const operations = replies.get("SubmitOperation") ?? [];
      expect(operations).toHaveLength(2);
      for (const operation of operations) expect(operation).toMatchObject({ reply: { success: true } });
      expect(replies.get("GetBranches everywhere")?.[1]).toMatchObject({ reply: { branches: expect.any(Array) } });
      const { stdout } = await stack.tutti("journal", "--json");
      for (const door of [stack.grpc, stack.secondGrpc]) expect(stdout).toContain(`by ${door}`);
    });

    test("the command line: from a free seat to a reservation that is cancelled", async () => {
      const json = async (...args: readonly string[]) => {
        const { code, stdout, stderr } = await stack.tutti(...args, "--json");
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        return JSON.parse(stdout);
      };
      const { seats } = await json("seats", "list", "--branch", "Business Library", "--power", "--available");
      const [{ id }] = seats;
      const { token, user_id } = await json(
        ...["reservations", "login", "--student-id", "S2021002", "--password", "password123"],
      );
      const when = ["--from", "2099-01-05T10:00:00Z", "--to", "2099-01-05T12:00:00Z"];
      const made = await json("reservations", "create", "--token", token, "--seat", String(id), ...when);
      expect(made).toMatchObject({ user_id, seat_id: id, start_time: "2099-01-05T10:00:00Z", status: "CONFIRMED" });
      expect(await json("seats", "free", String(id), ...when)).toMatchObject({ available: false });
      expect(await json("reservations", "list", "--user", String(user_id))).toMatchObject({ count: 1 });
      expect(await json("reservations", "cancel", String(made.id))).toMatchObject({ status: "CANCELLED" });
      expect(await json("seats", "free", String(id), ...when)).toMatchObject({ available: true });
    });
  });
}
