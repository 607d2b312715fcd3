/**
 * A transaction of which both the coordinator and a participant are killed: at five pairs of their steps, with each step of
 * either, and each kind of outcome; `TUTTI_ALL_DEATHS=1`: at all 20 pairs.
 */
import { describe, test } from "vitest";
import {
  ALL_DEATHS,
  COORDINATOR_STEPS,
  type CoordinatorStep,
  type Death,
  PARTICIPANT_STEPS,
  PARTICIPANTS,
  type ParticipantStep,
  type ScriptedDeaths,
} from "./scripted-deaths.ts";

/**
 *                  unprepared  prepared  carried-out  outcome     where the participant dies
 *     begun         aborted    aborted    either      either      asked for again, of another node
 *     voted         aborted    aborted    aborted     aborted     nobody decides: the log of transactions does
 *     decided …     aborted    aborted    committed   committed
 */
function outcomeOf(coordinator: CoordinatorStep, participant: ParticipantStep): Death["outcome"] {
  if (participant === "unprepared" || participant === "prepared") return "aborted";
  if (coordinator === "begun") return "either";
  return coordinator === "voted" ? "aborted" : "committed";
}

const everyPair = COORDINATOR_STEPS.flatMap((coordinator) =>
  PARTICIPANT_STEPS.map((step) => [coordinator, step] as const),
);
const eachStep: typeof everyPair = [
  ["begun", "outcome"],
  ["voted", "prepared"],
  ["decided", "carried-out"],
  ["told-one", "unprepared"],
  ["told", "outcome"],
];
const pairs = ALL_DEATHS ? everyPair : eachStep;
export const together: readonly Death[] = pairs.map(([coordinator, step], number) => ({
  id: `${coordinator}-${step}`,
  coordinator,
  participant: { node: PARTICIPANTS[number % PARTICIPANTS.length] ?? 0, step },
  outcome: outcomeOf(coordinator, step),
}));

export function dyingTogetherSuite(deaths: () => ScriptedDeaths): void {
  describe("a coordinator and a participant that are killed", () => {
    test.each(together.map((death) => [death.coordinator, death.participant?.step, death] as const))(
      "at %s and %s: the others agree, and then they do",
      (_, __, death) => deaths().happens(death),
    );
  });
}
