import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { checkLinearizability } from "../checker.ts";
import { keyValue } from "../models/key-value.ts";
import { register } from "../models/register.ts";
import { readKeyValueLog } from "./key-value-log.ts";
import { readRegisterLog } from "./register-log.ts";

const FOLDER = fileURLToPath(new URL("../../../../shared/histories/", import.meta.url));
const VERDICTS = `${FOLDER}verdicts.json`;
/** All of them, when nothing else runs: below 2 s. */
const PATIENCE_MS = 10_000;

const Verdicts = z.record(z.string(), z.boolean());

function check(name: string) {
  const text = readFileSync(FOLDER + name, "utf8");
  if (name.startsWith("register/")) return checkLinearizability(readRegisterLog(text), register);
  if (name.startsWith("key-value/")) return checkLinearizability(readKeyValueLog(text), keyValue);
  throw new Error(`${name} is of no kind that there is a reader for`);
}

const there = existsSync(VERDICTS);
const verdicts = there ? Verdicts.parse(JSON.parse(readFileSync(VERDICTS, "utf8"))) : {};

describe.runIf(there)("histories recorded from real systems", () => {
  test.each(Object.entries(verdicts))("%s: linearizable is %s", { timeout: PATIENCE_MS }, (name, linearizable) => {
    expect(check(name).verdict).toBe(linearizable ? "ok" : "bad");
  });
});

test.skipIf(there)(`SKIPPED: the recorded histories are not there (${FOLDER})`, () => {});
