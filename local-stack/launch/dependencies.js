/**
 * What a clone needs before it can run: the packages of package-lock.json, Node 24 among them. Plain JavaScript without
 * imports from packages: it runs on whatever Node (20 or newer) the machine has, before anything is installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = join(root, "node_modules");

/** The Node that the project runs on. */
export const node = join(modules, "node", "bin", "node");
/**
 * What V8 is told. A request's objects live as long as the core takes for it: with the young generation's usual 16 MiB most
 * were copied before they were garbage (docs/PERFORMANCE.md). `npm start` says the same.
 */
export const v8Options = ["--max-semi-space-size=32"];
/** Where V8 keeps compiled code between starts. */
export const compileCache = join(modules, ".cache", "node-compile-cache");

/** Installs what is missing. Exit code: 0 when all is there. */
export function installMissing() {
  if (isInstalled()) return 0;
  console.error("Installing packages (once after a clone or an update) …");
  return install();
}

/** Whether node_modules holds what package-lock.json asks for. npm writes its own lock file last, after all scripts ran. */
function isInstalled() {
  if (!existsSync(node)) return false;
  const wanted = packagesOf(join(root, "package-lock.json"));
  const found = packagesOf(join(modules, ".package-lock.json"));
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const there = found[path];
    // Optional packages are for other platforms, or left out on purpose.
    if (there === undefined) return entry.optional === true;
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

/** @param {string} lockFile */
function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function install() {
  // An installed Node must not run the npm that removes it.
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(modules));
  const { status, error } = spawnSync("npm", ["ci", "--loglevel=error", "--no-progress"], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (error) console.error(`npm could not be run: ${error.message}`);
  // The first start is then as fast as any; where it does not work, it is not.
  if (status === 0) spawnSync(node, [join(root, "bundles", "main.ts")], { stdio: "ignore" });
  return status ?? 1;
}
