/** Before all tests, and before anything is measured: what is started, is started from bundles. */
import { makeBundle } from "../bundles/make-bundle.ts";
import { programs } from "../bundles/program.ts";
import { loadFunctions } from "../local-stack/runtimes/function-files.ts";
import { makeIsolateBundles } from "../local-stack/runtimes/isolate-bundles.ts";

export default async function makeBundles(): Promise<void> {
  const functions = await loadFunctions();
  await Promise.all([...programs.map(makeBundle), makeIsolateBundles(functions.map(({ file }) => file))]);
}
