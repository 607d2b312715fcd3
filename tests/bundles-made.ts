/** Before all tests, and before anything is measured: what is started, is started from bundles. */
import { makeBundle } from "../bundles/make-bundle.ts";
import { programs } from "../bundles/program.ts";

export default async function makeBundles(): Promise<void> {
  await Promise.all(programs.map(makeBundle));
}
