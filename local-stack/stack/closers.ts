/** What was opened, to be closed in the opposite order, however far the opening came. */

interface Closable {
  close(): unknown;
}

export class Closers {
  readonly #opened: Closable[] = [];

  add<T extends Closable>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  /** Closes all, also when some fail. @throws {AggregateError} when some did */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (let opened = this.#opened.pop(); opened !== undefined; opened = this.#opened.pop()) {
      try {
        await opened.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "not everything could be closed");
  }
}
