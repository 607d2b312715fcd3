/** `{:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}`: texts under many keys. */
import * as z from "zod";
import type { Operation } from "../history.ts";
import type { KeyValueInput, KeyValueOutput } from "../models/key-value.ts";
import { type RecordedLine, readRecordedHistory } from "./recorded-events.ts";

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const LINE = new RegExp(
  String.raw`^\{:process (\d+), :type :(invoke|ok|fail|info), :f :(get|put|append), :key (${QUOTED}), :value (nil|${QUOTED})\}$`,
);
const Quoted = z.string();

export function readKeyValueLog(text: string): Operation<KeyValueInput, KeyValueOutput>[] {
  return readRecordedHistory(text, readLine);
}

function readLine(line: string): RecordedLine<KeyValueInput, KeyValueOutput> | undefined {
  const [, process = "", kind, name, quotedKey, quotedValue] = LINE.exec(line) ?? [];
  if (quotedKey === undefined || quotedValue === undefined) return undefined;
  if (kind === "fail" || kind === "info") return { process, event: { kind } };
  const value = quotedValue === "nil" ? "" : Quoted.parse(JSON.parse(quotedValue));
  if (kind === "ok") return { process, event: { kind, output: name === "get" ? value : "" } };
  const key = Quoted.parse(JSON.parse(quotedKey));
  const readOnly = name === "get";
  const input: KeyValueInput = name === "put" || name === "append" ? { name, value } : { name: "get" };
  return { process, event: { kind: "invoke", key, input, readOnly } };
}
