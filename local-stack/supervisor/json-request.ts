/** HTTP with an answer in JSON, as commands ask. Not by fetch: to load that takes a sixth of what a short command does. */
import { type RequestOptions, request } from "node:http";
import { json } from "node:stream/consumers";

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * @param patience for all of the answer, milliseconds
 * @throws what node:http does when nobody answers in time; SyntaxError when the answer is not JSON
 */
export function requestJson(options: RequestOptions, patience: number): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, signal: AbortSignal.timeout(patience) }, (response) => {
      json(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
