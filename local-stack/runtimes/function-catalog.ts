/** The functions that are served now, and how a change on disk becomes the next version of one. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type FunctionDefinition, isFunctionDefinition } from "../../functions/define-function.ts";
import { bundleForNode } from "./bundle.ts";
import {
  clashOf,
  type FunctionFile,
  firstLine,
  functionsFolder,
  listFunctionFiles,
  loadFunctions,
  serviceOf,
} from "./function-files.ts";
import type { ReloadReport } from "./runtime.ts";

// Below node_modules, so that what a version imports from packages is found from there.
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));

export interface CatalogOptions {
  /** The folder of the services' folders; the repository's own when absent. */
  readonly folder?: string;
  /** Load in a way that `refresh` can follow; slower to start. */
  readonly reloadable?: boolean;
  /** Asked before a version is served; one for which it rejects is not. */
  readonly admit?: (candidate: FunctionFile) => Promise<void>;
}

interface Version {
  /** Of the bundle: changes with the file and with every file of the project that it imports. */
  readonly hash: string;
  /** Undefined for a file that functions import and that is none itself. */
  readonly definition: FunctionDefinition | undefined;
}

export class FunctionCatalog {
  readonly #folder: string;
  readonly #admit: (candidate: FunctionFile) => Promise<void>;
  #versions: ReadonlyMap<string, Version> = new Map();
  #functions: readonly FunctionFile[] = [];
  /** Removed functions too: a request that was routed before still finds its own. */
  readonly #byName = new Map<string, FunctionFile>();
  #temporary: Promise<string> | undefined;

  /** @throws {Error} when a file cannot be loaded, or two functions share a name */
  static async load(options: CatalogOptions = {}): Promise<FunctionCatalog> {
    const { folder = functionsFolder, reloadable = false, admit = async () => {} } = options;
    const catalog = new FunctionCatalog(folder, admit);
    if (!reloadable) {
      const functions = await loadFunctions(folder);
      await Promise.all(functions.map(admit));
      catalog.#serve(functions);
      return catalog;
    }
    const [failure] = (await catalog.refresh()).failed;
    if (failure === undefined) return catalog;
    await catalog.close();
    throw new Error(`${failure.file}: ${failure.reason}`);
  }

  private constructor(folder: string, admit: (candidate: FunctionFile) => Promise<void>) {
    this.#folder = folder;
    this.#admit = admit;
  }

  /** Another list after each change. */
  get functions(): readonly FunctionFile[] {
    return this.#functions;
  }

  get(name: string): FunctionFile {
    const served = this.#byName.get(name);
    if (served === undefined) throw new Error(`there is no function ${name}`);
    return served;
  }

  /** Loads what changed since the last time. */
  async refresh(): Promise<ReloadReport> {
    const files = listFunctionFiles(this.#folder);
    const results = await Promise.allSettled(files.map((file) => this.#load(file)));
    // What is loaded needs its file no more.
    await this.close();
    const failed: { file: string; reason: string }[] = [];
    const versions = new Map<string, Version>();
    const functions = new Map<string, FunctionFile>();
    for (const [i, file] of files.entries()) {
      const result = results[i];
      if (result?.status === "rejected") failed.push({ file, reason: firstLine(result.reason) });
      const version = result?.status === "fulfilled" ? result.value : this.#versions.get(file);
      if (version === undefined) continue;
      versions.set(file, version);
      const { definition } = version;
      if (definition === undefined) continue;
      const candidate = { file, service: serviceOf(file), definition };
      const clash = clashOf(candidate, functions.values());
      if (clash === undefined) functions.set(definition.name, candidate);
      else failed.push({ file, reason: clash });
    }
    const before = new Map(this.#functions.map(({ definition }) => [definition.name, definition]));
    const names = new Set([...before.keys(), ...functions.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== functions.get(name)?.definition);
    this.#versions = versions;
    if (changed.length > 0) this.#serve([...functions.values()]);
    return { changed, failed };
  }

  /** Removes what a refresh that still runs has on disk. */
  async close(): Promise<void> {
    const temporary = await this.#temporary;
    this.#temporary = undefined;
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }

  #serve(functions: readonly FunctionFile[]): void {
    this.#functions = functions;
    for (const served of functions) this.#byName.set(served.definition.name, served);
  }

  async #load(file: string): Promise<Version> {
    const code = await bundleForNode(file);
    const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
    const current = this.#versions.get(file);
    if (current?.hash === hash) return current;
    this.#temporary ??= makeTemporary();
    const path = join(await this.#temporary, `${basename(file, ".ts")}-${hash}.mjs`);
    await writeFile(path, code);
    const module: { default?: unknown } = await import(pathToFileURL(path).href);
    if (!isFunctionDefinition(module.default)) return { hash, definition: undefined };
    const definition = module.default;
    await this.#admit({ file, service: serviceOf(file), definition });
    return { hash, definition };
  }
}

async function makeTemporary(): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  return mkdtemp(join(CACHE, "tutti-"));
}
