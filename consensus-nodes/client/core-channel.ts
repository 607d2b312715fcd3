/** The narrow way between a function and the core: JSON in, JSON out, whatever carries it. */
import type { CoreFailure } from "./core-failure.ts";

/** A command or query. Which of the two a name is, the group's machine knows. */
export interface CoreCall {
  readonly group: string;
  readonly name: string;
  /** A JSON value. */
  readonly input: unknown;
  /** Commands: the first call with a key is carried out, later ones get its result for 24 h; other fingerprint: KeyReused. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  /** W3C trace context; logged by every node that handles the command. */
  readonly traceparent?: string;
  /** Queries: answer from a state that has applied at least this index, and save the read index. */
  readonly after?: number;
  /** Queries: answer from whatever the asked node has applied. */
  readonly stale?: boolean;
  /** Milliseconds from now; the channel's default when absent. */
  readonly timeout?: number;
}

export type CoreReply =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly leader: number | null;
      /** Of a stale answer: milliseconds since its state is known to have been the newest; absent when that was never known. */
      readonly age?: number;
    }
  | { readonly ok: false; readonly failure: CoreFailure };

export interface CoreChannel {
  /** Always resolves, and by the call's deadline. */
  call(call: CoreCall): Promise<CoreReply>;
}
