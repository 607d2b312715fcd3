/** The OpenAPI document: read off the functions' definitions. */
import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import type { FunctionDefinition } from "../../functions/define-function.ts";
import type { RefusalKind } from "../../functions/failure.ts";
import { statusOf } from "../../functions/http-status.ts";
import type { FunctionFile } from "../runtimes/function-files.ts";
import { nameOnce } from "./schema-names.ts";

const FieldError = z.object({
  path: z.string().meta({ description: "Where in the input; empty for the input itself.", example: "duration" }),
  message: z.string().meta({ example: "must be at least 0" }),
});

const Problem = z
  .object({
    error: z.string().meta({ description: "One short sentence.", example: "duration must be at least 0" }),
    detail: z.union([z.string(), z.array(FieldError)]),
  })
  .meta({ id: "Problem" });

const RequestHeaders = {
  traceparent: z
    .string()
    .optional()
    .meta({ description: "W3C trace context: comes back, and goes down to the log entry." }),
};

const WriteHeaders = {
  ...RequestHeaders,
  "Idempotency-Key": z.string().min(1).max(255).optional().meta({
    description:
      "The same key with the same request within 24 h gets the first answer again; with another request 422.",
  }),
  Prefer: z.string().optional().meta({ description: "`return=minimal` asks for the message alone." }),
};

const jsonOf = (schema: z.ZodType) => ({ "application/json": { schema } });
const problem = (description: string) => ({ description, content: jsonOf(Problem) });

const ANY_FUNCTION = {
  500: problem("The function failed; the log says why."),
  503: {
    ...problem("No leader, or too much work: nothing was done. Or the outcome is unknown, as `detail` then says."),
    headers: z.object({ "Retry-After": z.string().meta({ description: "Seconds." }) }),
  },
  504: problem("Not answered in time: of a write the outcome is unknown."),
};

const REFUSALS: readonly RefusalKind[] = [
  "NotFound",
  "Conflict",
  "Empty",
  "Full",
  "Malformed",
  "Invalid",
  "UnsupportedType",
  "TooLarge",
  "Unavailable",
  "Unauthenticated",
  "Forbidden",
  "TooMany",
  "Precondition",
];

const ANY_BODY = {
  413: problem("The body is larger than 1 MiB."),
  415: problem("The body is not JSON, and does not claim to be."),
};

function responses(definition: FunctionDefinition): ZodOpenApiResponsesObject {
  const { replies, refusals, body, params, query, method, access } = definition;
  const told: [string, ZodOpenApiResponsesObject[`${1}`]][] = [];
  // Several refusals may share a status.
  const reasons = new Map<number, string>();
  for (const kind of REFUSALS) {
    const status = statusOf(kind);
    const reason = [reasons.get(status), refusals?.[kind]].filter((one) => one !== undefined).join(" ");
    if (reason !== "") reasons.set(status, reason);
  }
  for (const [status, reason] of reasons) told.push([String(status), problem(reason)]);
  for (const [status, { description, schema, type = "application/json" }] of Object.entries(replies)) {
    told.push([status, { description, content: { [type]: { schema } } }]);
  }
  return {
    ...(method !== "GET" && { 400: problem("The request is malformed.") }),
    ...(access === "user" && { 401: problem("There is no bearer token, or it is not valid.") }),
    ...((body ?? params ?? query) !== undefined && { 422: problem("A field is not valid.") }),
    ...(body !== undefined && ANY_BODY),
    ...ANY_FUNCTION,
    ...Object.fromEntries(told),
  };
}

/** Names of the parameters in a Hono pattern. */
function parametersOf(path: string): string[] {
  return [...path.matchAll(/:([A-Za-z_]+)/g)].map(([, name]) => name ?? "");
}

function pick(params: z.ZodObject, names: readonly string[]): z.ZodObject {
  return z.object(
    Object.fromEntries(
      names.map((name) => {
        const field = params.shape[name];
        if (field === undefined) throw new Error(`a path names the parameter ${name}, which has no schema`);
        return [name, field instanceof z.ZodDefault ? field.unwrap() : field];
      }),
    ),
  );
}

function operation({ service, definition }: FunctionFile, path: string): ZodOpenApiOperationObject {
  const { name, summary, description, params, query, body, upload, method, paths, access, tokenInQuery } = definition;
  const names = parametersOf(path);
  return {
    operationId: path === paths[0] ? name : [name, ...(names.length === 0 ? ["too"] : ["by", ...names])].join("_"),
    tags: [service],
    summary,
    ...(description !== undefined && { description }),
    // Either will do.
    ...(access === "user" && { security: [{ bearer: [] }, ...(tokenInQuery ? [{ token: [] }] : [])] }),
    requestParams: {
      ...(params !== undefined && names.length > 0 && { path: pick(params, names) }),
      ...(query !== undefined && { query }),
      header: z.object(method === "GET" ? RequestHeaders : WriteHeaders),
    },
    ...(body !== undefined && { requestBody: { required: true, content: jsonOf(body) } }),
    ...(upload !== undefined && {
      requestBody: { required: true, content: { "multipart/form-data": { schema: upload.schema } } },
    }),
    responses: responses(definition),
  };
}

const about = (summary: string, schema: z.ZodType, more: ZodOpenApiResponsesObject = {}) => ({
  get: { tags: ["stack"], summary, responses: { 200: { description: summary, content: jsonOf(schema) }, ...more } },
});

const SECURITY_SCHEMES = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "From register or login; good for 24 h.",
  },
  token: {
    type: "apiKey",
    in: "query",
    name: "token",
    description: "For event streams, which browsers open without headers.",
  },
} as const;

const Cluster = z.object({
  nodes: z.array(z.object({ id: z.int(), pid: z.int().nullable(), address: z.string(), alive: z.boolean() })),
  groups: z.array(
    z.object({
      name: z.string(),
      leader: z.int().nullable(),
      term: z.int(),
      members: z.array(z.object({ id: z.int(), role: z.string(), commit_index: z.int(), applied_index: z.int() })),
    }),
  ),
});

/** @returns an OpenAPI 3.1 document */
export function openApiDocument(functions: readonly FunctionFile[]): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {
    "/healthz": about("Whether the gateway runs", z.object({ status: z.string(), service: z.string() })),
    "/readyz": about("Whether requests would be served now", z.object({ status: z.string() }), {
      503: ANY_FUNCTION[503],
    }),
    "/cluster": about("The nodes and the groups", Cluster),
  };
  // A name that only gRPC has would be taken from those who are in the document.
  const shown = functions.filter(({ definition }) => definition.paths.length > 0);
  nameOnce(
    shown.map(({ definition: { params, query, body, upload, replies } }) => [params, query, body, upload, replies]),
  );
  for (const served of shown) {
    for (const path of served.definition.paths) {
      const key = path.replace(/:([A-Za-z_]+)/g, "{$1}");
      const method = served.definition.method.toLowerCase();
      paths[key] = { ...paths[key], [method]: operation(served, path) };
    }
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Tutti",
      version: "1",
      description: "A reply that says done is durable: on the disks of a majority before it leaves.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    components: { securitySchemes: SECURITY_SCHEMES },
    paths,
  });
}
