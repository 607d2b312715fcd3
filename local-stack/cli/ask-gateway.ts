/** What a running stack's gateway answers to a command. */
import { urlToHttpOptions } from "node:url";
import { type JsonAnswer, requestJson } from "../supervisor/json-request.ts";
import { Refusal } from "../supervisor/refusal.ts";
import type { StackFile } from "../supervisor/stack-file.ts";
import { authority } from "./authority.ts";

/** It gives silent nodes half a second. Milliseconds. */
const PATIENCE_MS = 3_000;

export interface GatewayAnswer extends JsonAnswer {
  readonly url: string;
}

/** @throws {Refusal} when it gives none */
export async function askGateway({ host, ports }: StackFile, path: string): Promise<GatewayAnswer> {
  const url = `http://${authority(host, ports.gateway)}${path}`;
  try {
    return { url, ...(await requestJson(urlToHttpOptions(new URL(url)), PATIENCE_MS)) };
  } catch {
    throw new Refusal(`${url} does not answer: the stack is still starting, or just ending`);
  }
}
