/** `INFO jepsen.util - 3 :invoke :cas [2 4]`: operations of many processes on one register. */
import type { Operation } from "../history.ts";
import type { RegisterInput, RegisterOutput, Value } from "../models/register.ts";
import { type RecordedEvent, type RecordedLine, readRecordedHistory } from "./recorded-events.ts";

const LINE = /^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.+)$/;
const COMPARISON = /^\[(nil|-?\d+)\s+(nil|-?\d+)\]$/;
const TIMED_OUT = ":timed-out";
const KEY = "register";

export function readRegisterLog(text: string): Operation<RegisterInput, RegisterOutput>[] {
  return readRecordedHistory(text, readLine);
}

function readLine(line: string): RecordedLine<RegisterInput, RegisterOutput> | undefined {
  const [, process = "", kind = "", name = "", argument = ""] = LINE.exec(line) ?? [];
  const event = readEvent(kind, name, argument);
  return event && { process, event };
}

function readEvent(
  kind: string,
  name: string,
  argument: string,
): RecordedEvent<RegisterInput, RegisterOutput> | undefined {
  if (kind === "info") return { kind };
  if (kind === "invoke") {
    const input = readInput(name, argument);
    return input && { kind, key: KEY, input, readOnly: name === "read" };
  }
  // A time-out whatever the line calls it, and a comparison that did not hold has an answer.
  if (kind === "fail" && argument === TIMED_OUT) return { kind: "info" };
  if (name === "cas" && kind !== "") return { kind: "ok", output: { name: "compared", equal: kind === "ok" } };
  if (kind === "fail") return { kind };
  if (name === "write") return { kind: "ok", output: { name: "written" } };
  const value = readValue(argument);
  return value === undefined ? undefined : { kind: "ok", output: { name: "value", value } };
}

function readInput(name: string, argument: string): RegisterInput | undefined {
  if (name === "read") return { name };
  if (name === "cas") {
    const [, from = "", to = ""] = COMPARISON.exec(argument) ?? [];
    const expected = readValue(from);
    const value = readValue(to);
    return expected === undefined || value === undefined ? undefined : { name: "compareAndSet", expected, value };
  }
  const value = readValue(argument);
  return value === undefined ? undefined : { name: "write", value };
}

function readValue(text: string): Value | undefined {
  if (text === "nil") return null;
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}
