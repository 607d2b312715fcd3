/** `node workerd-parent.ts FOLDER`: a process with a workerd runtime, to be killed by a test. Prints a line when it is ready. */
import { pino } from "pino";
import { createWorkerdRuntime } from "../../local-stack/runtimes/workerd-runtime.ts";
import { InMemoryCore } from "./in-memory-core.ts";

const [, , folder = ""] = process.argv;
await createWorkerdRuntime({ folder, reloadable: true, channel: new InMemoryCore(), log: pino({ level: "silent" }) });
process.stdout.write("ready\n");
