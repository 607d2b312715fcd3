/** A folder of functions that a test may change, outside the repository. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DEFINE = fileURLToPath(new URL("../../functions/define-function.ts", import.meta.url));

export interface FunctionFolder {
  readonly path: string;
  /** @param file `service/name.ts` */
  write(file: string, source: string): Promise<void>;
  remove(file: string): Promise<void>;
  close(): Promise<void>;
}

export async function makeFunctionFolder(): Promise<FunctionFolder> {
  const path = await mkdtemp(join(tmpdir(), "tutti-functions-"));
  return {
    path,
    write: async (file, source) => {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), source);
    },
    remove: (file) => rm(join(path, file)),
    close: () => rm(path, { recursive: true, force: true }),
  };
}

/** A function at `/<name>`, whose handler has the body given. */
export function source(name: string, handler: string, imports = ""): string {
  return `
    import * as z from "zod";
    import { defineFunction, reply } from ${JSON.stringify(DEFINE)};
    ${imports}
    export default defineFunction({
      name: ${JSON.stringify(name)}, method: "GET", paths: ["/${name}"], summary: "For a test",
      replies: { 200: { description: "It is said.", schema: z.object({ says: z.string() }) } },
      async handle({ core }) { ${handler} },
    });`;
}
