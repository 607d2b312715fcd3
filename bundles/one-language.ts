/** zod brings its messages in fifty languages: half of every bundle, for one that is used. */
import { join } from "node:path";
import type { Plugin } from "esbuild";

export const oneLanguage: Plugin = {
  name: "one-language",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, "../locales/en.js"),
    }));
  },
};
