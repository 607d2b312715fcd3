/**
 * A transaction whose coordinator, or one of whose participants, is killed at each step. What is on the disks and in the logs
 * afterwards must agree, soon, and without anybody's help.
 *
 *     coordinator               at each of its five steps
 *     leader of the group       at each of the four steps of a participant
 *     nodes 0, 1, 2, 3          each at another one of the four; TUTTI_ALL_DEATHS=1: each at all four, 16 deaths
 */
import { describe, test } from "vitest";
import {
  ALL_DEATHS,
  COORDINATOR_STEPS,
  type Death,
  PARTICIPANT_STEPS,
  PARTICIPANTS,
  type ScriptedDeaths,
} from "./scripted-deaths.ts";

const promised = (step: (typeof PARTICIPANT_STEPS)[number]) => step === "carried-out" || step === "outcome";
const decided = (step: (typeof COORDINATOR_STEPS)[number]) => step !== "begun" && step !== "voted";

const coordinators: readonly Death[] = COORDINATOR_STEPS.map((coordinator) => ({
  id: `coordinator-${coordinator}`,
  coordinator,
  outcome: decided(coordinator) ? "committed" : "aborted",
}));
const participants: readonly Death[] = [...PARTICIPANTS, "leader" as const].flatMap((node) =>
  PARTICIPANT_STEPS.filter((_, place) => ALL_DEATHS || node === "leader" || node === place).map((step): Death => {
    const outcome = promised(step) ? "committed" : "aborted";
    return { id: `${node}-${step}`, participant: { node, step }, outcome };
  }),
);

const STEPS = {
  begun: "when the transaction has begun",
  voted: "when all have voted",
  decided: "when the decision is logged",
  "told-one": "when one participant is told",
  told: "when all are told",
  unprepared: "before its promise is written",
  prepared: "between its promise and its vote",
  "carried-out": "between the change and the record of it",
  outcome: "before it acknowledges",
};

export const alone = [...coordinators, ...participants];

export function dyingNodesSuite(deaths: () => ScriptedDeaths): void {
  describe("a coordinator that is killed", () => {
    test.each(coordinators.map((death) => [STEPS[death.coordinator ?? "begun"], death] as const))(
      "%s leaves one outcome and no lock",
      (_, death) => deaths().happens(death),
    );
  });

  describe("a participant that is killed", () => {
    test.each(
      participants.map((death) => {
        const { node, step } = death.participant ?? { node: 0, step: "prepared" };
        return [node === "leader" ? "the leader of the group" : `node ${node}`, STEPS[step], death] as const;
      }),
    )("%s, %s, has the outcome of the others", (_, __, death) => deaths().happens(death));
  });
}
