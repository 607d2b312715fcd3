/** Before every npm script: does nothing when all is there. */
import { installMissing } from "./dependencies.js";

process.exitCode = installMissing();
