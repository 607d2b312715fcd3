/** Students and seats for tests of the library: each test has its own. */
import {
  AdministrationServiceClient,
  type SetBranchRequest,
  type SetSeatRequest,
} from "../../proto/generated/library.ts";
import { type Front, type HttpOptions, type HttpResult, http, rpc } from "./front.ts";

export interface Student {
  readonly id: number;
  readonly token: string;
  readonly login: string;
  readonly name: string;
  call(path: string, options?: HttpOptions): Promise<HttpResult>;
}

const HOUR_MS = 3_600_000;
/** A Monday, far from any change of the clocks. */
const MONDAY = Date.UTC(2030, 0, 7);

/** So many hours after that Monday's midnight, in UTC. */
export function at(hours: number): string {
  return iso(MONDAY + hours * HOUR_MS);
}

export function iso(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

/** So many milliseconds from now. */
export function soon(milliseconds: number): string {
  return iso(Date.now() + milliseconds);
}

export const MINUTE_MS = 60_000;

let made = 0;

/** A name that no other test uses. */
export function newName(what: string): string {
  return `${what} ${++made}`;
}

export async function newStudent(front: Front): Promise<Student> {
  const login = newName("S");
  const name = `${login}'s name`;
  const { body } = await http(front, "/auth/register", { json: { student_id: login, password: "secret", name } });
  const { token, user_id } = Object(body);
  const authorization = `Bearer ${token}`;
  const call: Student["call"] = (path, options = {}) =>
    http(front, path, { ...options, headers: { authorization, ...options.headers } });
  return { id: user_id, token, login, name, call };
}

const clients = new WeakMap<Front, AdministrationServiceClient>();

/** For whoever runs the library. */
export function administration(front: Front): AdministrationServiceClient {
  const client = clients.get(front) ?? front.stub(AdministrationServiceClient);
  clients.set(front, client);
  return client;
}

export async function newSeat(front: Front, seat: Partial<Omit<SetSeatRequest, "id">> = {}): Promise<number> {
  const id = ++made;
  const client = administration(front);
  const plain = { branch: newName("Branch"), area: "Hall", hasPower: false, hasMonitor: false, maintenance: false };
  const set = await rpc(client, client.setSeat, { ...plain, ...seat, id });
  if (!set.ok) throw new Error(set.details);
  return id;
}

export async function setBranch(front: Front, branch: SetBranchRequest): Promise<void> {
  const client = administration(front);
  const set = await rpc(client, client.setBranch, branch);
  if (!set.ok) throw new Error(set.details);
}

export async function setMaintenance(front: Front, seatId: number, maintenance: boolean): Promise<void> {
  const client = administration(front);
  const set = await rpc(client, client.setMaintenance, { seatId, maintenance });
  if (!set.ok) throw new Error(set.details);
}

/** As the stack does from its environment. Milliseconds. */
export async function configure(front: Front, limits: Readonly<Record<string, number | null>>): Promise<void> {
  const reply = await front.core.call({ group: "library", name: "configure", input: limits });
  if (!reply.ok) throw new Error(reply.failure.message);
}

export const USUAL = {
  grace: 15 * MINUTE_MS,
  early: 15 * MINUTE_MS,
  offer: 10 * MINUTE_MS,
  longest: 24 * HOUR_MS,
  minutesPerDay: null,
  openReservations: 1000,
} as const;

export async function reserve(student: Student, seat_id: number, from: string, to: string): Promise<number> {
  const answer = await student.call("/reservations", { json: { seat_id, start_time: from, end_time: to } });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return Object(answer.body).id;
}

/** The documented shape of a function's answer. @throws {Error} when the body has another */
export function checkDocumented(front: Front, name: string, status: number, body: unknown): void {
  const definition = front.runtime.functions.find((served) => served.definition.name === name)?.definition;
  const schema = definition?.replies[status]?.schema;
  if (schema === undefined) throw new Error(`${name} documents no ${status}`);
  schema.parse(body);
}
