/** All functions: every file in a service's folder whose default export is one. A new file needs no entry anywhere. */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type FunctionDefinition, isFunctionDefinition } from "../../functions/define-function.ts";

export interface FunctionFile {
  /** Absolute path. */
  readonly file: string;
  /** Its folder's name. */
  readonly service: string;
  readonly definition: FunctionDefinition;
}

/** Where the services' folders are. */
export const functionsFolder = fileURLToPath(new URL("../../functions", import.meta.url));

export function serviceOf(file: string): string {
  return basename(dirname(file));
}

/** The files that may hold a function, in a stable order. */
export function listFunctionFiles(folder = functionsFolder): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)))
    .filter((file) => file.endsWith(".ts"))
    .sort();
}

/** @throws {Error} when a file cannot be loaded, or when two functions share a name. */
export async function loadFunctions(folder = functionsFolder): Promise<FunctionFile[]> {
  const found: FunctionFile[] = [];
  for (const file of listFunctionFiles(folder)) {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    if (!isFunctionDefinition(module.default)) continue;
    const definition = module.default;
    const other = found.find((earlier) => earlier.definition.name === definition.name);
    if (other !== undefined) throw new Error(`function ${definition.name} is defined in ${other.file} and in ${file}`);
    found.push({ file, service: serviceOf(file), definition });
  }
  return found;
}
