/** What `tutti seats …` does: calls of the library's services, and their replies on a terminal. */
import {
  AdministrationServiceClient,
  type Branch,
  type GetSeatsRequest,
  type Seat,
  SeatServiceClient,
} from "../../proto/generated/library.ts";
import { Refusal } from "../supervisor/refusal.ts";
import { callGrpc } from "./grpc-call.ts";
import { connect, type GrpcTarget } from "./grpc-target.ts";
import { print, printJson, table } from "./output.ts";

type Target = GrpcTarget & { readonly json?: true | undefined };

interface Filter {
  readonly branch?: string | undefined;
  readonly area?: string | undefined;
  readonly power?: true | undefined;
  readonly monitor?: true | undefined;
  readonly available?: true | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface Window {
  readonly from: string;
  readonly to: string;
}

export async function list(options: Target & Filter): Promise<void> {
  const { branch = "", area = "", power, monitor, available = false, from = "", to = "" } = options;
  const request: GetSeatsRequest = { branch, area, availableOnly: available, startTime: from, endTime: to };
  if (power) request.hasPower = true;
  if (monitor) request.hasMonitor = true;
  const client = await connect(SeatServiceClient, options);
  const { seats } = await callGrpc(client, client.getSeats, request);
  if (options.json) printJson({ seats: seats.map(seatJson), count: seats.length });
  else showSeats(seats);
}

export async function show(seatId: number, options: Target): Promise<void> {
  const client = await connect(SeatServiceClient, options);
  const { seat } = await callGrpc(client, client.getSeat, { seatId });
  showSeat(options, seat);
}

export async function free(seatId: number, options: Target & Window): Promise<void> {
  const client = await connect(SeatServiceClient, options);
  const request = { seatId, startTime: options.from, endTime: options.to };
  const { available, startTime, endTime } = await callGrpc(client, client.checkAvailability, request);
  if (options.json) printJson({ seat_id: seatId, available, start_time: startTime, end_time: endTime });
  else print(`seat ${seatId} is ${available ? "free" : "taken"} from ${startTime} to ${endTime}`);
}

export async function branches(options: Target): Promise<void> {
  const client = await connect(SeatServiceClient, options);
  const reply = await callGrpc(client, client.getBranches, {});
  if (options.json) return printJson({ branches: reply.branches.map(branchJson) });
  if (reply.branches.length === 0) return print("there are no seats yet");
  showBranches(reply.branches);
}

export async function set(
  id: number,
  options: Target & Pick<Filter, "power" | "monitor"> & { readonly branch: string; readonly area: string },
): Promise<void> {
  const { branch, area, power: hasPower = false, monitor: hasMonitor = false } = options;
  const client = await connect(AdministrationServiceClient, options);
  const request = { id, branch, area, hasPower, hasMonitor, maintenance: false };
  showSeat(options, (await callGrpc(client, client.setSeat, request)).seat);
}

export async function maintenance(seatId: number, maintenance: boolean, options: Target): Promise<void> {
  const client = await connect(AdministrationServiceClient, options);
  showSeat(options, (await callGrpc(client, client.setMaintenance, { seatId, maintenance })).seat);
}

export async function branch(
  branch: string,
  options: Target & { readonly timeZone: string; readonly hours: string },
): Promise<void> {
  const client = await connect(AdministrationServiceClient, options);
  const request = { branch, timeZone: options.timeZone, openingHours: options.hours };
  const reply = (await callGrpc(client, client.setBranch, request)).branch;
  if (reply === undefined) throw new Refusal("the answer names no branch");
  if (options.json) printJson(branchJson(reply));
  else showBranches([reply]);
}

function showSeat({ json }: Target, seat: Seat | undefined): void {
  if (seat === undefined) throw new Refusal("the answer names no seat");
  if (json) printJson(seatJson(seat));
  else showSeats([seat]);
}

function showSeats(seats: readonly Seat[]): void {
  if (seats.length === 0) return print("no such seats");
  const rows = seats.map(({ id, branch, area, hasPower, hasMonitor, status, isAvailable }) => {
    return [id, branch, area, yes(hasPower), yes(hasMonitor), status, yes(isAvailable)];
  });
  print(table(["id", "branch", "area", "power", "monitor", "status", "free"], rows));
}

function showBranches(branches: readonly Branch[]): void {
  const rows = branches.map((each) => {
    const { branch, totalSeats, powerSeats, monitorSeats, timeZone, openingHours } = each;
    return [branch, totalSeats, powerSeats, monitorSeats, timeZone, openingHours || "always"];
  });
  print(table(["branch", "seats", "power", "monitor", "time zone", "open"], rows));
}

const yes = (value: boolean): string => (value ? "yes" : "no");

function seatJson({ id, branch, area, hasPower, hasMonitor, status, isAvailable }: Seat) {
  return { id, branch, area, has_power: hasPower, has_monitor: hasMonitor, status, is_available: isAvailable };
}

function branchJson({ branch, totalSeats, powerSeats, monitorSeats, timeZone, openingHours }: Branch) {
  return {
    branch,
    total_seats: totalSeats,
    power_seats: powerSeats,
    monitor_seats: monitorSeats,
    time_zone: timeZone,
    opening_hours: openingHours,
  };
}
