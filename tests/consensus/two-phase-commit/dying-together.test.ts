/** A transaction of which both the coordinator and a participant are killed, at every pair of their steps. */
import { afterAll, beforeAll, describe, test } from "vitest";
import {
  COORDINATOR_STEPS,
  type CoordinatorStep,
  type Death,
  PARTICIPANT_STEPS,
  PARTICIPANTS,
  type ParticipantStep,
  ScriptedDeaths,
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

const pairs = COORDINATOR_STEPS.flatMap((coordinator) => PARTICIPANT_STEPS.map((step) => [coordinator, step] as const));
const together: readonly Death[] = pairs.map(([coordinator, step], number) => ({
  id: `${coordinator}-${step}`,
  coordinator,
  participant: { node: PARTICIPANTS[number % PARTICIPANTS.length] ?? 0, step },
  outcome: outcomeOf(coordinator, step),
}));

let deaths: ScriptedDeaths;
beforeAll(async () => {
  deaths = await ScriptedDeaths.start(together);
});
afterAll(() => deaths.cluster.stop());

describe("a coordinator and a participant that are killed", () => {
  test.each(together.map((death) => [death.coordinator, death.participant?.step, death] as const))(
    "at %s and %s: the others agree, and then they do",
    (_, __, death) => deaths.happens(death),
  );
});
