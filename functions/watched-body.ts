/** A request's body on its way to somebody else, with what reading it threw: that is the sender's doing, or the gateway's limit. */
export class WatchedBody {
  readonly stream: ReadableStream<Uint8Array>;
  #broken: { readonly error: unknown } | undefined;

  constructor(body: ReadableStream<Uint8Array>) {
    const reader = body.getReader();
    this.stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          this.#broken = { error };
          controller.error(error);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }

  /** Reads and drops what nobody wanted: a client listens for the answer when it has sent all. */
  async drain(): Promise<void> {
    if (this.stream.locked) return;
    const reader = this.stream.getReader();
    try {
      while (!(await reader.read()).done);
    } catch {
      // `broken` has it.
    }
  }

  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }
}
