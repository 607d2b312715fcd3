/** Recorded histories are lists of events; the checker takes operations. */
import type { Operation } from "../history.ts";

/** What a line says, without its process. */
export type RecordedEvent<Input, Output> =
  | { readonly kind: "invoke"; readonly key: string; readonly input: Input; readonly readOnly: boolean }
  | { readonly kind: "ok"; readonly output: Output }
  /** Nothing was done. */
  | { readonly kind: "fail" }
  /** Nobody knows whether it was done. */
  | { readonly kind: "info" };

export interface RecordedLine<Input, Output> {
  readonly process: string;
  readonly event: RecordedEvent<Input, Output>;
}

/**
 * The instants are numbers of lines.
 * @param read a line's event; undefined for a line that is none
 * @throws {Error} with the line's number
 */
export function readRecordedHistory<Input, Output>(
  text: string,
  read: (line: string) => RecordedLine<Input, Output> | undefined,
): Operation<Input, Output>[] {
  const history: Operation<Input, Output>[] = [];
  const running = new Map<string, Extract<RecordedEvent<Input, Output>, { kind: "invoke" }> & { call: number }>();
  const end = (process: string, event: RecordedEvent<Input, Output>, now: number) => {
    const invoked = running.get(process);
    if (invoked === undefined) throw new Error(`line ${now}: process ${process} has invoked nothing`);
    running.delete(process);
    const { key, input, call, readOnly } = invoked;
    const started = { client: process, key, call, input };
    if (event.kind === "ok") history.push({ ...started, return: now, output: event.output });
    else if (event.kind === "info" && !readOnly) history.push({ ...started, return: undefined, output: undefined });
  };
  for (const [before, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const now = before + 1;
    const recorded = read(line.trim());
    if (recorded === undefined) throw new Error(`line ${now}: ${JSON.stringify(line)} is no event`);
    const { process, event } = recorded;
    if (event.kind !== "invoke") end(process, event, now);
    else if (running.has(process)) throw new Error(`line ${now}: process ${process} has not returned`);
    else running.set(process, { ...event, call: now });
  }
  for (const process of [...running.keys()]) end(process, { kind: "info" }, Infinity);
  return history;
}
