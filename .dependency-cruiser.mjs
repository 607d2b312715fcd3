/**
 * Imports point one way: local-stack → functions → consensus-nodes/client → proto, and inside the core
 * main → node → replica, transport → raft, machines. `npm run check` and tests/stack/import-rules.test.ts hold the tree to it.
 */
const below = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });
const notTypes = { dependencyTypesNot: ["type-only"] };
const core = "^consensus-nodes/";
/** The pure half of the client; the other half holds the streams. */
const binding = `${core}client/(core(-channel|-failure)?|blob-channel|credential-channel|picture-name)\\.ts$`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    below("no-cycles", "Two files that need each other are one.", {}, { circular: true, viaOnly: notTypes }),
    below("resolvable", "An import of nothing fails when it is run.", {}, { couldNotResolve: true }),
    below(
      "raft-is-pure",
      "The algorithm imports nothing: no project, no package, no Node.",
      { path: `${core}raft/` },
      { pathNot: `${core}raft/` },
    ),
    below(
      "machines-are-pure",
      "A machine is deterministic: it imports other files of machines/, and packages that compute.",
      { path: `${core}machines/` },
      { pathNot: [`${core}machines/`, "^node_modules/(zod|sorted-btree)/"] },
    ),
    below(
      "proto-is-the-ground",
      "Generated code knows nothing of who uses it.",
      { path: "^proto/" },
      { path: "^(consensus-nodes|functions|local-stack|tests)/" },
    ),
    below(
      "client-loads-no-node",
      "Whoever holds the client loads nothing of a node.",
      { path: `${core}client/` },
      { path: `${core}(main\\.ts|run-node\\.ts|node/|raft/|replica/|two-phase-commit/)`, ...notTypes },
    ),
    below(
      "binding-fits-an-isolate",
      "The half of the client that is bundled with functions loads wire forms at most; types of machines may pass through.",
      { path: binding },
      { pathNot: [binding, `${core}wire/`], ...notTypes },
    ),
    below(
      "wire-is-form-only",
      "What travels is described for both ends, by schemas alone.",
      { path: `${core}wire/` },
      { pathNot: [`${core}wire/`, "^node_modules/zod/"] },
    ),
    below(
      "replica-below-node",
      "A group with its log knows neither its process nor the wire.",
      { path: `${core}(replica|two-phase-commit)/` },
      // How any channel is set up is no business of one layer.
      { path: `${core}(main\\.ts|run-node\\.ts|node/|transport/)`, pathNot: `${core}transport/channel-options\\.ts$` },
    ),
    below(
      "transport-below-node",
      "What carries messages does not know what they do.",
      { path: `${core}transport/` },
      { path: `${core}(main\\.ts|run-node\\.ts|node/|replica/|two-phase-commit/|machines/)`, ...notTypes },
    ),
    below(
      "bundles-know-no-program",
      "How a program is bundled is the same for all; it names their sources, and loads none.",
      { path: "^bundles/" },
      { path: "^(consensus-nodes|functions|local-stack|proto|tests)/" },
    ),
    below(
      "starts-need-no-bundler",
      "Every start asks for the bundle; only who makes it loads what makes it.",
      { path: ["^bundles/(fresh-bundle|kept-files|program)\\.ts$", core] },
      { path: "^(bundles/make-bundle\\.ts|node_modules/esbuild/)", ...notTypes },
    ),
    below("main-is-the-top", "Nobody imports the process.", {}, { path: `${core}main\\.ts$` }),
    below(
      "core-below-all",
      "A node never imports a function, nor what runs functions.",
      { path: core },
      { path: "^(functions|local-stack|tests)/" },
    ),
    below(
      "functions-see-the-client-only",
      "A function never imports a node; its types come through the client.",
      { path: "^functions/" },
      { path: ["^local-stack/", "^tests/", core], pathNot: binding },
    ),
    below(
      "functions-fit-an-isolate",
      "A function is bundled into an isolate: no other packages, nothing of Node.",
      { path: "^functions/" },
      {
        pathNot: [
          "^(functions|proto)/",
          `${core}client/`,
          "^node_modules/(zod|hono|@hono|zod-openapi|@bufbuild/protobuf|temporal-polyfill|lru-cache|ical-generator)/",
        ],
      },
    ),
    below(
      "stack-sees-the-client-only",
      "Beside the client the stack knows how a node is told its configuration; the rest is types.",
      { path: "^local-stack/" },
      { path: core, pathNot: [`${core}client/`, `${core}configuration\\.ts$`], ...notTypes },
    ),
    below(
      "launch-needs-nothing",
      "It runs before anything is installed, on the machine's own Node.",
      { path: "^local-stack/launch/" },
      { pathNot: "^local-stack/launch/", dependencyTypesNot: ["core"] },
    ),
    below("tests-above-all", "Nothing imports a test.", { pathNot: "^tests/" }, { path: "^tests/" }),
    below(
      "runs-without-tools",
      "What runs needs no package that is only there to build and test.",
      { path: "^(bundles|consensus-nodes|functions|local-stack)/" },
      { dependencyTypes: ["npm-dev"], ...{ pathNot: "^node_modules/@types/" } },
    ),
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "^node_modules/" },
    enhancedResolveOptions: { conditionNames: ["import", "node", "default"], exportsFields: ["exports"] },
  },
};
