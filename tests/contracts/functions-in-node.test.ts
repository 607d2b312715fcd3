/** A stack of real processes, its functions in the gateway's. */
import { afterAll, beforeAll, describe } from "vitest";
import { picturesGrpcSuite } from "./pictures-grpc-suite.ts";
import { picturesRacesSuite } from "./pictures-races-suite.ts";
import { picturesSuite } from "./pictures-suite.ts";
import { queueGrpcSuite } from "./queue-grpc-suite.ts";
import { type RunningStack, startStack } from "./running-stack.ts";
import { seatsGrpcSuite } from "./seats-grpc-suite.ts";

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack("--demo");
});
afterAll(() => stack.stop());

queueGrpcSuite(() => stack, [0, 1, 2, 3, 4]);
seatsGrpcSuite(() => stack);
picturesGrpcSuite(() => stack);
describe("pictures", () => picturesSuite(() => stack));
describe("pictures that are shared and deleted at once", () => picturesRacesSuite(() => stack));
