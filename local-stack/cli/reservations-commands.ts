/** What `tutti reservations …` does: calls of the library's services, and their replies on a terminal. */
import {
  AdministrationServiceClient,
  AuthServiceClient,
  NotifyServiceClient,
  type Reservation,
  type ReservationDetail,
  ReservationServiceClient,
  type WaitlistEntry,
} from "../../proto/generated/library.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { callGrpc } from "./grpc-call.ts";
import { connect, type GrpcTarget } from "./grpc-target.ts";
import { print, printJson, table } from "./output.ts";

type Target = GrpcTarget & { readonly json?: true | undefined };
/** For whom. */
type Personal = Target & { readonly user?: number | undefined; readonly token?: string | undefined };

export async function login(
  options: Target & { readonly studentId: string; readonly password: string },
): Promise<void> {
  const client = await connect(AuthServiceClient, options);
  const { studentId, password } = options;
  const reply = await callGrpc(client, client.login, { studentId, password });
  if (options.json) {
    printJson({ token: reply.token, user_id: reply.userId, student_id: reply.studentId, name: reply.name });
  } else print(reply.token);
}

export async function create(
  options: Personal & { readonly seat: number; readonly from: string; readonly to: string },
): Promise<void> {
  const request = { userId: userOf(options), seatId: options.seat, startTime: options.from, endTime: options.to };
  const client = await connect(ReservationServiceClient, options);
  showOne(options, (await callGrpc(client, client.createReservation, request, tokenOf(options))).reservation);
}

export async function list(
  options: Personal & { readonly status?: string | undefined; readonly upcoming?: true | undefined },
): Promise<void> {
  const request = { userId: userOf(options), status: options.status ?? "", upcomingOnly: options.upcoming ?? false };
  const client = await connect(ReservationServiceClient, options);
  const { reservations } = await callGrpc(client, client.getUserReservations, request, tokenOf(options));
  if (options.json) printJson({ reservations: reservations.map(detailJson), count: reservations.length });
  else showDetails(reservations);
}

export async function show(reservationId: number, options: Personal): Promise<void> {
  const client = await connect(ReservationServiceClient, options);
  const { reservation } = await callGrpc(client, client.getReservation, { reservationId }, tokenOf(options));
  if (reservation === undefined) throw new Refusal("the answer names no reservation");
  if (options.json) printJson(detailJson(reservation));
  else showDetails([reservation]);
}

export async function checkIn(reservationId: number, options: Personal): Promise<void> {
  const client = await connect(ReservationServiceClient, options);
  showOne(options, (await callGrpc(client, client.checkIn, { reservationId }, tokenOf(options))).reservation);
}

export async function cancel(reservationId: number, options: Personal): Promise<void> {
  const client = await connect(ReservationServiceClient, options);
  const reply = await callGrpc(client, client.cancelReservation, { reservationId }, tokenOf(options));
  showOne(options, reply.reservation);
}

export async function wait(
  options: Personal & { readonly seat?: number | undefined; readonly branch?: string | undefined; readonly at: string },
): Promise<void> {
  const { seat, branch = "", at: desiredTime } = options;
  if (seat === undefined && branch === "") throw new Refusal("wait for what? give --seat or --branch", 2);
  const request = { userId: userOf(options), branch, desiredTime, ...(seat !== undefined && { seatId: seat }) };
  const client = await connect(NotifyServiceClient, options);
  const { entry } = await callGrpc(client, client.addToWaitlist, request, tokenOf(options));
  if (entry === undefined) throw new Refusal("the answer names no entry");
  if (options.json) printJson(entryJson(entry));
  else showEntries([entry]);
}

export async function waiting(options: Personal): Promise<void> {
  const client = await connect(NotifyServiceClient, options);
  const request = { userId: userOf(options) };
  const { entries } = await callGrpc(client, client.getUserWaitlist, request, tokenOf(options));
  if (options.json) printJson({ entries: entries.map(entryJson), count: entries.length });
  else showEntries(entries);
}

export async function unwait(waitlistId: number, options: Personal): Promise<void> {
  const client = await connect(NotifyServiceClient, options);
  const { message, id } = await callGrpc(client, client.removeFromWaitlist, { waitlistId }, tokenOf(options));
  if (options.json) printJson({ message, id });
  else print(message);
}

export async function audit(id: number | undefined, options: Target & { readonly limit: number }): Promise<void> {
  const client = await connect(AdministrationServiceClient, options);
  const { records } = await callGrpc(client, client.audit, { reservationId: id ?? 0, limit: options.limit });
  if (options.json) {
    return printJson(
      records.map(({ index, time, userId, action, seatId, reservationId }) => {
        return { index, time, user_id: userId, action, seat_id: seatId, reservation_id: reservationId };
      }),
    );
  }
  if (records.length === 0) return print("nothing was done yet");
  const rows = records.map(({ index, time, userId, action, seatId, reservationId }) => {
    return [index, time, actorOf(userId), action, seatId || "", reservationId || ""];
  });
  print(table(["index", "time", "user", "what", "seat", "reservation"], rows));
}

/** As AuditRecord in proto/library.proto has it. */
function actorOf(userId: number): string | number {
  if (userId === 0) return "clock";
  return userId < 0 ? "library" : userId;
}

/** 0: whose token it is. @throws {Refusal} when nobody is named */
function userOf(target: Personal): number {
  if (target.user === undefined && tokenOf(target) === undefined) {
    throw new Refusal("for whom? give --user or --token", 2);
  }
  return target.user ?? 0;
}

/** A token in the environment is for who names no user. */
function tokenOf({ user, token }: Personal): string | undefined {
  if (user !== undefined) return undefined;
  return token ?? (process.env.TUTTI_TOKEN || undefined);
}

function showOne({ json }: Target, reservation: Reservation | undefined): void {
  if (reservation === undefined) throw new Refusal("the answer names no reservation");
  if (json) return printJson(reservationJson(reservation));
  const { id, userId, seatId, startTime, endTime, status } = reservation;
  print(table(["id", "user", "seat", "from", "to", "status"], [[id, userId, seatId, startTime, endTime, status]]));
}

function showDetails(details: readonly ReservationDetail[]): void {
  if (details.length === 0) return print("no reservations");
  const rows = details.map(({ id, studentId, seatId, branch, area, startTime, endTime, status }) => {
    return [id, studentId, seatId, branch, area, startTime, endTime, status];
  });
  print(table(["id", "student", "seat", "branch", "area", "from", "to", "status"], rows));
}

function showEntries(entries: readonly WaitlistEntry[]): void {
  if (entries.length === 0) return print("nothing is waited for");
  const rows = entries.map(({ id, userId, seatId, branch, desiredTime }) => {
    return [id, userId, seatId ?? "any", branch, desiredTime];
  });
  print(table(["id", "user", "seat", "branch", "wanted at"], rows));
}

function reservationJson({ id, userId, seatId, startTime, endTime, status, createdAt, checkedInAt }: Reservation) {
  return {
    id,
    user_id: userId,
    seat_id: seatId,
    start_time: startTime,
    end_time: endTime,
    status,
    created_at: createdAt,
    checked_in_at: checkedInAt === "" ? null : checkedInAt,
  };
}

function detailJson(detail: ReservationDetail) {
  const { branch, area, hasPower, hasMonitor, studentId, userName } = detail;
  return {
    ...reservationJson(detail),
    branch,
    area,
    has_power: hasPower,
    has_monitor: hasMonitor,
    student_id: studentId,
    user_name: userName,
  };
}

function entryJson({ id, userId, seatId, branch, desiredTime, createdAt }: WaitlistEntry) {
  return { id, user_id: userId, seat_id: seatId ?? null, branch, desired_time: desiredTime, created_at: createdAt };
}
