/** Library seats: the same promises in both runtimes, by the same doors. */
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { type Front, startFront } from "./front.ts";
import { libraryGrpcSuite } from "./library-grpc-suite.ts";
import { notificationsSuite, quietStreams, quietSuite } from "./notifications-suite.ts";
import { reservationsSuite } from "./reservations-suite.ts";
import { seatsSuite } from "./seats-suite.ts";
import { waitlistSuite } from "./waitlist-suite.ts";

describe.each(["node", "workerd"] as const)("library seats in the runtime %s", (kind) => {
  let front: Front;
  beforeAll(async () => {
    front = await startFront(kind);
  });
  afterEach(() => {
    front.core.failure = undefined;
  });
  afterAll(async () => {
    await front.close();
  });
  const quiet = quietStreams(() => front);

  describe("seats", () => seatsSuite(() => front));
  describe("reservations", () => reservationsSuite(() => front));
  describe("the waitlist", () => waitlistSuite(() => front));
  describe("notifications", () => notificationsSuite(() => front));
  describe("by gRPC", () => libraryGrpcSuite(() => front));
  describe("a stream of notifications in which nothing happens", () => quietSuite(() => front, quiet));
});
