/**
 * The order of the test files: those that take longest first, so that the workers end together. After a clone nothing else tells
 * how long they take, and some of the longest are the shortest to read.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** They take eight seconds or more, the longest first. One that is missing here costs time, and nothing else. */
const LONGEST = [
  "stack/membership",
  "contracts/functions-in-node",
  "consensus/cluster/raft-cluster",
  "contracts/functions-in-workerd",
  "stack/stack-failures",
  "functions/library",
  "consensus/two-phase-commit/dying",
  "contracts/nodes-that-die",
  "consensus/cluster/snapshots",
  "stack/stack",
  "contracts/readme",
  "chaos/chaos",
  "contracts/seats-under-failures",
  "simulation/simulation",
  "functions/workerd",
  "bundles/bundles",
  "consensus/machines/queue-bounds",
  "consensus/two-phase-commit/bank",
  "consensus/cluster/reads",
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
