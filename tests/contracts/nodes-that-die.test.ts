/** A stack of real processes, some of which are killed, and vote as they are told. */
import { afterAll, beforeAll, describe } from "vitest";
import { queueWithoutQuorumSuite } from "./queue-without-quorum-suite.ts";
import { type RunningStack, startStackWith } from "./running-stack.ts";
import { seatsSituationsSuite } from "./seats-situations-suite.ts";
import { twoPhaseCommitSuite, votes } from "./two-phase-commit-suite.ts";

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStackWith(votes, "--no-demo");
});
afterAll(() => stack.stop());

describe("situations of a seat service", () => seatsSituationsSuite(() => stack));
describe("two-phase commit", () => twoPhaseCommitSuite(() => stack));
describe("a queue without a quorum", () => queueWithoutQuorumSuite(() => stack));
