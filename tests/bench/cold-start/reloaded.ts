/** The first call of a function that was just saved and reloaded, in the runtime `workerd`, by a gateway in this process. */
import { http, startFront } from "../../functions/front.ts";
import { makeFunctionFolder, source } from "../../functions/function-folder.ts";
import type { FirstCall } from "./cold-start.ts";
import { timedCalls } from "./timed-calls.ts";

export interface Reloaded {
  readonly calls: readonly FirstCall[];
  /** Milliseconds of each reload. */
  readonly reloads: readonly number[];
}

/** @throws {Error} when workerd does not come up, or what was saved is not served */
export async function reloaded(times: number): Promise<Reloaded> {
  const folder = await makeFunctionFolder();
  const save = (word: string) =>
    folder.write("bench/hello.ts", source("hello", `return reply(200, { says: "${word}" });`));
  try {
    await save("nothing yet");
    const front = await startFront("workerd", { folder: folder.path, reloadable: true });
    try {
      const calls: FirstCall[] = [];
      const reloads: number[] = [];
      for (let count = 0; count < times; count++) {
        const word = `version ${count}`;
        await save(word);
        const begun = performance.now();
        await front.runtime.reload();
        reloads.push(performance.now() - begun);
        calls.push(
          await timedCalls(async () => {
            const { body } = await http(front, "/hello");
            if (JSON.stringify(body) !== JSON.stringify({ says: word })) throw new Error(`${word} is not served`);
          }),
        );
      }
      return { calls, reloads };
    } finally {
      await front.close();
    }
  } finally {
    await folder.close();
  }
}
