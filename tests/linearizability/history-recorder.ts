/** Records what the clients of one run did. One recorder, one clock for all of them; no client retries behind its back. */
import type { Operation } from "./history.ts";

export type Outcome<Output> =
  | { readonly outcome: "ok"; readonly output: Output }
  /** Only for answers that prove that nothing was done: a refused connection, a failed validation, "not proposed". */
  | { readonly outcome: "fail" }
  /** Everything else: a time-out, a reset, any other 5xx. */
  | { readonly outcome: "unknown" };

/** An operation that was called and has not returned. Ends once. */
export interface Running<Output> {
  end(outcome: Outcome<Output>): void;
}

/** Does one operation at a time. */
export interface RecordingClient<Input, Output> {
  begin(key: string, input: Input): Running<Output>;
  /** What `attempt` throws is thrown on, and recorded as unknown. */
  record(key: string, input: Input, attempt: () => Promise<Outcome<Output>>): Promise<Outcome<Output>>;
}

/** In one history: a gigabyte of memory, and more than a run of an hour makes. */
export const MAX_OPERATIONS = 2_000_000;

export class HistoryRecorder<Input, Output> {
  private readonly isRead: (input: Input) => boolean;
  private readonly now: () => number;
  private readonly ended: Operation<Input, Output>[] = [];
  private readonly running = new Set<{ client: string; key: string; call: number; input: Input }>();
  private clients = 0;
  private latest = -Infinity;

  /** @param isRead as the model's `readOnly`: a read without an answer says nothing @param now nanoseconds of a monotonic clock; a simulator gives its own */
  constructor(isRead: (input: Input) => boolean, now: () => number = stopwatch()) {
    this.isRead = isRead;
    this.now = now;
  }

  client(): RecordingClient<Input, Output> {
    let name = this.newName();
    let busy = false;
    const begin = (key: string, input: Input): Running<Output> => {
      if (busy) throw new Error(`client ${name} begins an operation while another one runs`);
      if (this.ended.length + this.running.size >= MAX_OPERATIONS) {
        throw new Error(`a history holds at most ${MAX_OPERATIONS} operations`);
      }
      const started = { client: name, key, call: this.instant(), input };
      this.running.add(started);
      busy = true;
      return {
        end: (outcome) => {
          if (!this.running.delete(started)) throw new Error(`an operation of client ${started.client} ends twice`);
          busy = false;
          if (outcome.outcome === "ok") {
            this.ended.push({ ...started, return: this.instant(), output: outcome.output });
          } else if (outcome.outcome === "unknown" && !this.isRead(input)) {
            this.ended.push({ ...started, return: undefined, output: undefined });
            name = this.newName();
          }
        },
      };
    };
    const record = async (key: string, input: Input, attempt: () => Promise<Outcome<Output>>) => {
      const running = begin(key, input);
      let outcome: Outcome<Output> = { outcome: "unknown" };
      try {
        outcome = await attempt();
      } finally {
        running.end(outcome);
      }
      return outcome;
    };
    return { begin, record };
  }

  /** So far, for the checker. What still runs has no answer yet: reads are left out, writes are open. */
  history(): Operation<Input, Output>[] {
    const open = [...this.running].filter(({ input }) => !this.isRead(input));
    return [...this.ended, ...open.map((started) => ({ ...started, return: undefined, output: undefined }))];
  }

  /** No two events at one instant: the order in which this process saw them is known. */
  private instant(): number {
    this.latest = Math.max(this.now(), this.latest + 1);
    return this.latest;
  }

  private newName(): string {
    this.clients += 1;
    return `c${this.clients}`;
  }
}

/** Since now: small numbers are read more easily. Exact for 104 days: below 2 ** 53. */
function stopwatch(): () => number {
  const start = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - start);
}
