/** Swagger UI at /docs: its own files, no script in the page, nothing from anywhere else. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Answer, failureAnswer } from "../../functions/http-status.ts";

const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const TYPES: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

// Swagger UI styles its elements in place and has its icons as data.
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tutti: API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });\n`;

export function docsPage(): Answer {
  return text("text/html; charset=utf-8", PAGE, { "content-security-policy": POLICY });
}

/** The files change with the package only, which takes a restart. */
const files = new Map<string, Promise<Buffer<ArrayBuffer>>>();

export async function docsFile(name: string): Promise<Answer> {
  if (name === "start.js") return text("text/javascript; charset=utf-8", START);
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined) {
    return failureAnswer({ kind: "NoSuchPath", error: `no such path: /docs/${name}`, detail: "GET /docs is the page" });
  }
  let file = files.get(name);
  if (file === undefined) {
    file = readFile(join(folder, name));
    files.set(name, file);
  }
  const bytes = await file;
  const headers = { "content-type": type, "cache-control": "public, max-age=3600" };
  return { status: 200, headers, body: bytes };
}

function text(type: string, body: string, more: Record<string, string> = {}): Answer {
  return { status: 200, headers: { "content-type": type, ...more }, body };
}
