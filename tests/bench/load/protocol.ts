/** What the load driver must know of a protocol: the bytes of the n-th request, and where an answer ends. */

export interface Protocol {
  /** One whole request, in Latin-1 characters. Every sequence number gives another one. */
  request(sequence: number): string;
  /** Looks for one whole answer at the start of what was received; undefined while it is incomplete. */
  answer(received: Buffer): Answer | undefined;
}

export interface Answer {
  /** Bytes of `received` that the answer takes. */
  readonly length: number;
  /** Why the answer is no success; undefined when it is. */
  readonly failure: string | undefined;
}
