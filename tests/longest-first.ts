/**
 * The order of the test files: those that take longest first, so that the workers end together. After a clone nothing else tells
 * how long they take, and some of the longest are the shortest to read.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** They take ten seconds or more, the longest first. One that is missing here costs time, and nothing else. */
const LONGEST = [
  "stack/membership",
  "chaos/chaos",
  "stack/stack-failures",
  "functions/library",
  "consensus/cluster/snapshots",
  "contracts/readme",
  "consensus/two-phase-commit/dying-nodes",
  "contracts/pictures",
  "contracts/seats-under-failures",
  "stack/stack",
  "simulation/simulation",
  "consensus/cluster/acknowledged-adds",
  "consensus/cluster/raft-cluster",
  "functions/workerd",
  "consensus/two-phase-commit/dying-together",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`));
      return found === -1 ? LONGEST.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
