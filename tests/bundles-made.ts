/** Before all tests: what they start, they start from bundles. */
import { makeBundle } from "../bundles/make-bundle.ts";
import { programs } from "../bundles/program.ts";

export default async function setup(): Promise<void> {
  await Promise.all(programs.map(makeBundle));
}
