import { expect, test } from "vitest";
import { openApiDocument } from "../../local-stack/gateway/openapi.ts";
import { createNodeRuntime } from "../../local-stack/runtimes/node-runtime.ts";

test("functions that are bundled apart, to be reloaded, make one document with each name once", async () => {
  const channel = { call: () => Promise.reject(new Error("nobody calls")) };
  const [reloading, usual] = await Promise.all([
    createNodeRuntime({ channel, reloadable: true }),
    createNodeRuntime({ channel }),
  ]);
  try {
    const names = (runtime: typeof usual) =>
      Object.keys(JSON.parse(JSON.stringify(openApiDocument(runtime.functions))).components.schemas);
    expect(names(reloading).toSorted()).toEqual(names(usual).toSorted());
    expect(names(usual)).toContain("Track");
  } finally {
    await Promise.all([reloading.close(), usual.close()]);
  }
});
