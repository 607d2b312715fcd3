/**
 * Runs a bundle with what V8 compiled of it in an earlier process. Node's own cache has of a module what is compiled before it is
 * run: half of what a start calls. To compile the rest as it is called took a tenth to a quarter of a start (docs/PERFORMANCE.md).
 *
 *     node_modules/.cache/bundles/<root>/node-<contents>.cjs                    the bundle, in ASCII: a function of require, module and exports
 *                                        node-<contents>.cjs.<use>-<V8's tag>   what V8 compiled of it, and a checksum: V8 has none
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cachedDataVersionTag } from "node:v8";
import { constants, Script } from "node:vm";
import { crc32 } from "node:zlib";

const CHECKSUM_BYTES = 4;

/** A process that runs longer has called most of what it ever will, milliseconds. */
const SETTLED_AFTER_MS = 5_000;

/**
 * What the bundle exports.
 * @param use a process of another use calls other functions of it; letters and digits
 * @throws as the bundle does when it is run
 */
export function runBundle<T>(bundle: string, use: string): T {
  // Another version of V8, or other flags, cannot use it.
  const file = `${bundle}.${use}-${cachedDataVersionTag()}`;
  const cachedData = readCode(file);
  const script = new Script(readFileSync(bundle, "latin1"), {
    filename: bundle,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData && { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected) keepCode(script, file);
  const module: { exports: unknown } = { exports: {} };
  script.runInThisContext()(createRequire(bundle), module, module.exports);
  return module.exports as T;
}

/** Undefined when there is none, or not as it was written. */
function readCode(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(0, -CHECKSUM_BYTES);
    return bytes.readUInt32LE(code.length) === crc32(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Once the process has settled, or at its end. */
function keepCode(script: Script, file: string): void {
  const isReplaced = existsSync(file);
  const settled = setTimeout(keep, SETTLED_AFTER_MS).unref();
  process.once("exit", keepAtEnd);

  function keepAtEnd(exitCode: number): void {
    // Who failed has called little.
    if (exitCode === 0) keep();
  }
  function keep(): void {
    clearTimeout(settled);
    process.off("exit", keepAtEnd);
    const part = `${file}.${process.pid}`;
    try {
      if (existsSync(file) && !isReplaced) return;
      const code = script.createCachedData();
      const checksum = Buffer.alloc(CHECKSUM_BYTES);
      checksum.writeUInt32LE(crc32(code));
      writeFileSync(part, Buffer.concat([code, checksum]));
      renameSync(part, file);
    } catch {
      // It is there for the next start to be quick: without it, that takes as long as this one.
      rmSync(part, { force: true });
    }
  }
}
