/** Clients in another language: stubs generated from the .proto files by Debian's Python packages, and a script that drives them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { run } from "./running-stack.ts";

const python = "/usr/bin/python3";
const proto = new URL("../../proto", import.meta.url).pathname;

/** Which Debian's compiler does not know yet; on the wire it is a oneof of one. */
const OPTIONAL_FIELD = /optional (\w+) (\w+) = (\d+);/g;

let isHere: boolean | undefined;

/** Says so when it is not. */
export function pythonGrpcIsHere(): boolean {
  isHere ??= imports("grpc, grpc_tools");
  if (!isHere) console.warn("skipped: stubs in another language need Debian's python3-grpcio and python3-grpc-tools");
  return isHere;
}

function imports(packages: string): boolean {
  try {
    execFileSync(python, ["-c", `import ${packages}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What the script printed for each call, one JSON object a line, `call` being its name; in order where a name comes twice. */
export type PythonReplies = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;

/** Generates stubs of `protos`, and runs `script STUBS ARGUMENT…` from this folder. */
export async function drivePython(
  script: string,
  protos: readonly string[],
  ...args: readonly string[]
): Promise<PythonReplies> {
  const stubs = mkdtempSync(join(tmpdir(), "tutti-stubs-"));
  try {
    for (const file of protos) {
      const text = readFileSync(join(proto, file), "utf8");
      writeFileSync(join(stubs, file), text.replaceAll(OPTIONAL_FIELD, "oneof _$2 { $1 $2 = $3; }"));
    }
    const options = [`-I${stubs}`, `--python_out=${stubs}`, `--grpc_python_out=${stubs}`];
    execFileSync(python, ["-m", "grpc_tools.protoc", ...options, ...protos]);
    const file = new URL(`./${script}`, import.meta.url).pathname;
    const { code, stdout, stderr } = await run(python, [file, stubs, ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const replies = new Map<string, Record<string, unknown>[]>();
    for (const line of stdout.trim().split("\n")) {
      const { call, ...rest } = JSON.parse(line);
      replies.set(call, [...(replies.get(call) ?? []), rest]);
    }
    return replies;
  } finally {
    rmSync(stubs, { recursive: true, force: true });
  }
}
