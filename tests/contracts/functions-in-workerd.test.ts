/** A stack of real processes, its functions in isolates. */
import { afterAll, beforeAll, describe } from "vitest";
import { picturesSuite } from "./pictures-suite.ts";
import { queueGrpcSuite } from "./queue-grpc-suite.ts";
import { type RunningStack, startStack } from "./running-stack.ts";
import { seatsGrpcSuite } from "./seats-grpc-suite.ts";

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack("--demo", "--runtime", "workerd");
});
afterAll(() => stack.stop());

// How it gets to all of them does not depend on where functions run.
queueGrpcSuite(() => stack, [4]);
seatsGrpcSuite(() => stack);
describe("pictures", () => picturesSuite(() => stack));
