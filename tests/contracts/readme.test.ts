import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningStack, run, startStack } from "./running-stack.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const launcher = new URL("../../local-stack/launch/tutti.js", import.meta.url).pathname;

interface Example {
  readonly command: string;
  /** What the README prints below it; empty when it leaves that out. */
  readonly output: string;
}

/** Every `$ command` of the ```console blocks, with the lines up to the next. */
function examples(): Example[] {
  const blocks = [...readme.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block ?? "");
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .filter((part) => part !== "")
      .map((part) => {
        const [command = "", ...output] = part.trimEnd().split("\n");
        return { command, output: output.join("\n") };
      }),
  );
}

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack("--demo");
});
afterAll(() => stack.stop());

/** The command as printed, but for the addresses of the usual stack and its folder. */
function here(command: string): string {
  const moved = command
    .replaceAll("localhost:8080", stack.http.slice("http://".length))
    .replaceAll("localhost:6100", stack.node(0));
  const tutti = `${process.execPath} ${launcher}`;
  // One command's output in another's place.
  if (moved.startsWith("curl")) {
    return moved.replaceAll(/\$\(npx tutti ([^)]*)\)/g, (_, rest) => `$(${tutti} ${rest} --data ${stack.data})`);
  }
  if (/^npx tutti 2pc begin/.test(moved)) return moved.replace("npx tutti", tutti);
  return /^npx tutti/.test(moved) ? `${moved.replace("npx tutti", tutti)} --data ${stack.data}` : moved;
}

test("every line that the README prints does what it says", async () => {
  const all = examples();
  expect(all.length).toBeGreaterThan(10);
  for (const { command, output } of all) {
    const { code, stdout, stderr } = await run("bash", ["-c", here(command)]);
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: "" });
    if (output !== "") expect({ command, stdout: stdout.trimEnd() }).toEqual({ command, stdout: output });
  }
});
