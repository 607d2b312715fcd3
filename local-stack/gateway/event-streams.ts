/** Event streams that are open: so many and no more, and all of them end when the gateway does. */
import { MAX_EVENT_STREAMS } from "../runtimes/runtime.ts";

/** Of one user, or of one address where nobody is known. One more ends the oldest: it may be of a client that is long gone. */
const MAX_OF_ONE = 16;

interface Open {
  readonly owner: string;
  end(): void;
}

export class EventStreams {
  /** The oldest first. size <= MAX_EVENT_STREAMS */
  readonly #open = new Set<Open>();

  get full(): boolean {
    return this.#open.size >= MAX_EVENT_STREAMS;
  }

  /** The same stream, that can be ended from here. What it comes from is told when nobody reads it any more. */
  keep(owner: string, body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const own = [...this.#open].filter((other) => other.owner === owner);
    if (own.length >= MAX_OF_ONE) own[0]?.end();
    const reader = body.getReader();
    let end = () => {};
    const open: Open = { owner, end: () => end() };
    this.#open.add(open);
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        end = () => {
          if (!this.#open.delete(open)) return;
          controller.close();
          reader.cancel().catch(() => {});
        };
      },
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) end();
          else controller.enqueue(value);
        } catch (error) {
          this.#open.delete(open);
          throw error;
        }
      },
      cancel: (reason) => {
        this.#open.delete(open);
        return reader.cancel(reason);
      },
    });
  }

  /** Ends all: their clients come back when there is somebody to come back to. */
  end(): void {
    for (const { end } of this.#open) end();
  }
}
