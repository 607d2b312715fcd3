/** Histories of a system that works: each operation takes effect at one instant between its call and its return. */
import fc from "fast-check";
import type { Operation } from "./history.ts";
import { HistoryRecorder, type RecordingClient, type Running } from "./history-recorder.ts";

/** A system in one process, for one key. */
export interface Reference<Input, Output> {
  run(input: Input): Output;
}

interface Turn<Input> {
  readonly client: number;
  readonly input: Input;
  /** What becomes of it, should the client wait for an answer: it may be lost, before it took effect or after. */
  readonly lost: boolean;
}

interface Waiting<Input, Output> {
  readonly input: Input;
  readonly running: Running<Output>;
  output: Output | undefined;
}

export interface Execution {
  readonly clients: number;
  readonly maxTurns: number;
  /** Answers. */
  readonly maxLost: number;
}

/** Each turn lets one client go on: call, take effect, return. */
export function randomExecution<Input, Output>(
  input: fc.Arbitrary<Input>,
  isRead: (input: Input) => boolean,
  fresh: () => Reference<Input, Output>,
  { clients, maxTurns, maxLost }: Execution,
): fc.Arbitrary<Operation<Input, Output>[]> {
  const turn: fc.Arbitrary<Turn<Input>> = fc.record({
    client: fc.nat(clients - 1),
    input,
    lost: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  });
  return fc.array(turn, { maxLength: maxTurns, size: "max" }).map((turns) => play(turns, isRead, fresh(), maxLost));
}

function play<Input, Output>(
  turns: readonly Turn<Input>[],
  isRead: (input: Input) => boolean,
  system: Reference<Input, Output>,
  maxLost: number,
): Operation<Input, Output>[] {
  let now = 0;
  let losses = 0;
  const recorder = new HistoryRecorder<Input, Output>(isRead, () => now++);
  const clients = new Map<number, RecordingClient<Input, Output>>();
  const waiting = new Map<number, Waiting<Input, Output>>();
  for (const { client, input, lost } of turns) {
    const recording = clients.get(client) ?? recorder.client();
    clients.set(client, recording);
    const operation = waiting.get(client);
    if (operation === undefined) {
      waiting.set(client, { input, running: recording.begin("x", input), output: undefined });
    } else if (lost && losses < maxLost) {
      losses += 1;
      operation.running.end({ outcome: "unknown" });
      waiting.delete(client);
    } else if (operation.output === undefined) {
      operation.output = system.run(operation.input);
    } else {
      operation.running.end({ outcome: "ok", output: operation.output });
      waiting.delete(client);
    }
  }
  return recorder.history();
}
