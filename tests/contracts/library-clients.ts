/** A library's users, by HTTP and by gRPC. */
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { EventSourceParserStream } from "eventsource-parser/stream";
import * as z from "zod";
import type { ReservationServiceClient } from "../../proto/generated/library.ts";
import type { RunningStack } from "./running-stack.ts";

const ANSWER_MS = 15_000;

const Account = z.object({ token: z.string(), user_id: z.int() });
const Reservation = z.object({ id: z.int(), seat_id: z.int(), status: z.string() });
export type Reservation = z.infer<typeof Reservation>;
const Notification = z.object({ type: z.string(), seat_id: z.int().nullable(), waitlist_id: z.int().nullable() });
export type Notification = z.infer<typeof Notification>;

/** Whole seconds, as most clients write them. */
export function isoAfter(milliseconds: number): string {
  return new Date(Math.ceil((Date.now() + milliseconds) / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

export interface Slot {
  readonly seat_id: number;
  readonly start_time: string;
  readonly end_time: string;
}

export class LibraryUser {
  readonly id: number;
  readonly #stack: RunningStack;
  readonly #token: string;

  static async register(stack: RunningStack, studentId: string): Promise<LibraryUser> {
    const { status, body } = await send(stack, "POST", "/auth/register", undefined, {
      student_id: studentId,
      password: `secret of ${studentId}`,
      name: studentId,
    });
    if (status !== 200 && status !== 201) throw new Error(`${studentId} was not registered: ${status}`);
    return new LibraryUser(stack, Account.parse(body));
  }

  private constructor(stack: RunningStack, { token, user_id }: z.infer<typeof Account>) {
    this.#stack = stack;
    this.#token = token;
    this.id = user_id;
  }

  request(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }> {
    return send(this.#stack, method, path, this.#token, body);
  }

  /** @throws {Error} when it is not made */
  async reserve(slot: Slot): Promise<Reservation> {
    const { status, body } = await this.request("POST", "/reservations", slot);
    if (status !== 201) throw new Error(`not reserved: ${status} ${JSON.stringify(body)}`);
    return Reservation.parse(body);
  }

  async statusOf({ id }: Pick<Reservation, "id">): Promise<string> {
    const { body } = await this.request("GET", `/reservations/${id}`);
    return Reservation.parse(body).status;
  }

  /** Notifications as they come; `close` ends the stream. */
  async listen(): Promise<{ readonly heard: readonly Notification[]; close(): Promise<void> }> {
    const response = await fetch(`${this.#stack.http}/notifications/stream`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    if (response.body === null) throw new Error("no stream");
    const heard: Notification[] = [];
    const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    const reader = events.getReader();
    const reading = (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        heard.push(Notification.parse(JSON.parse(value.data)));
      }
    })();
    // Cancelled by `close`, or the stack ended.
    reading.catch(() => {});
    return { heard, close: () => reader.cancel() };
  }
}

async function send(
  { http }: RunningStack,
  method: string,
  path: string,
  token: string | undefined,
  body: object | undefined,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${http}${path}`, {
    method,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return { status: response.status, body: await response.json() };
}

/** OK, or what went wrong, by the name of its status. */
export function reserveByGrpc(client: ReservationServiceClient, userId: number, slot: Slot): Promise<string> {
  const { seat_id: seatId, start_time: startTime, end_time: endTime } = slot;
  const deadline = Date.now() + ANSWER_MS;
  return new Promise((resolve) => {
    const answered = (error: ServiceError | null) => resolve(error === null ? "OK" : (status[error.code] ?? ""));
    client.createReservation({ userId, seatId, startTime, endTime }, new Metadata(), { deadline }, answered);
  });
}
