/** What a node, apart from its groups, puts at stake in a transaction: a blob store, or nothing but its vote. */
export interface LocalResource {
  /** Whether the operation is this resource's to carry out. */
  understands(operation: string): boolean;
  keys(operation: string): readonly string[];
  /** Why the node votes no; undefined for a yes. What holds now holds while the keys are locked. */
  check(id: string, operation: string): Promise<string | undefined>;
  /**
   * Makes the change, durably. Carried out once more after a crash in between, so twice must be as once.
   * @throws when the disk fails; the outcome is then not acknowledged.
   */
  commit(id: string, operation: string): Promise<void>;
  /** Drops what was laid ready. */
  abort(id: string, operation: string): Promise<void>;
}

/** A participant that only votes: a transaction of the stand-alone cluster changes nothing but the logs. */
export class VoteOnly implements LocalResource {
  readonly #voteAbort: (id: string) => boolean;

  /** @param voteAbort whether this node was told to vote no on the transaction. */
  constructor(voteAbort: (id: string) => boolean) {
    this.#voteAbort = voteAbort;
  }

  understands(): boolean {
    return true;
  }

  keys(): readonly string[] {
    return [];
  }

  async check(id: string): Promise<string | undefined> {
    return this.#voteAbort(id) ? "told to vote abort" : undefined;
  }

  async commit(): Promise<void> {}

  async abort(): Promise<void> {}
}
