/** The same promises in both runtimes, by the same doors. */
import { afterAll, beforeAll, describe } from "vitest";
import { accountsSuite } from "./accounts-suite.ts";
import { badInputSuite } from "./bad-input-suite.ts";
import { type Front, startFront } from "./front.ts";
import { grpcSuite } from "./grpc-suite.ts";
import { restSuite } from "./rest-suite.ts";

describe.each(["node", "workerd"] as const)("functions in the runtime %s", (kind) => {
  let front: Front;
  beforeAll(async () => {
    front = await startFront(kind);
  });
  afterAll(async () => {
    await front.close();
  });

  describe("by HTTP", () => restSuite(() => front));
  describe("by gRPC", () => grpcSuite(() => front));
  describe("accounts", () => accountsSuite(() => front));
  describe("bad input", () => badInputSuite(() => front));
});
