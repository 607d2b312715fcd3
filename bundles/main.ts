/** `node bundles/main.ts`: makes the bundles that are not fresh, with less of the processor than others get. */
import { constants, setPriority } from "node:os";
import { makeBundle } from "./make-bundle.ts";
import { programs } from "./program.ts";

setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
for (const program of programs) await makeBundle(program);
