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

/** @throws {Error} of one line that names the file */
export async function loadFunctions(folder = functionsFolder): Promise<FunctionFile[]> {
  const found: FunctionFile[] = [];
  for (const file of listFunctionFiles(folder)) {
    const module: { default?: unknown } = await importFunction(file).catch((error: unknown) => {
      throw new Error(`${file}: ${firstLine(error)}`, { cause: error });
    });
    if (!isFunctionDefinition(module.default)) continue;
    const candidate = { file, service: serviceOf(file), definition: module.default };
    const clash = clashOf(candidate, found);
    if (clash !== undefined) throw new Error(`${file}: ${clash}`);
    found.push(candidate);
  }
  return found;
}

/** The repository's own are named by a pattern, by which a bundle of the stack holds them too; see bundles/. */
function importFunction(file: string): Promise<{ default?: unknown }> {
  const folder = dirname(dirname(file));
  if (folder !== functionsFolder) return import(pathToFileURL(file).href);
  return import(`../../functions/${serviceOf(file)}/${basename(file, ".ts")}.ts`);
}

/** Why a function cannot be served beside the others; undefined when it can. */
export function clashOf({ definition }: FunctionFile, others: Iterable<FunctionFile>): string | undefined {
  const { name, method, paths } = definition;
  for (const { file, definition: other } of others) {
    if (other.name === name) return `${file} defines the function ${name} too`;
    const path = other.method === method ? paths.find((one) => other.paths.includes(one)) : undefined;
    if (path !== undefined) return `${file} serves ${method} ${path} too`;
  }
  return undefined;
}

export function firstLine(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.split("\n").find((line) => line.trim() !== "") ?? "unknown reason";
}
