/** A node that answers when the test says so, and what. */
import type { Link, OnOutcome } from "../../../consensus-nodes/client/node-link.ts";
import type { BatchOutcome } from "../../../consensus-nodes/wire/batch.ts";

interface Received {
  /** Of the appends in it. */
  readonly texts: readonly string[];
  readonly onOutcome: OnOutcome;
}

export class PlayedNode implements Link {
  readonly id = 0;
  up = true;
  /** All batches that came, answered or not. */
  readonly received: Received[] = [];

  /** Texts of the batch that came last. */
  get commands(): readonly string[] {
    return this.received.at(-1)?.texts ?? [];
  }

  /** @param position of the batch among those that came; the last when absent */
  answer(outcome: BatchOutcome, position = -1): void {
    this.received.at(position)?.onOutcome(Buffer.from(JSON.stringify(outcome)));
  }

  batch({ commands }: { readonly commands: Uint8Array }, onOutcome: OnOutcome): void {
    const texts = [
      ...Buffer.from(commands)
        .toString()
        .matchAll(/"text":"([\w-]+)"/g),
    ].map(([, text]) => text ?? "");
    this.received.push({ texts, onOutcome });
  }

  query(): void {}
  transaction(): void {}
  flush(): void {}
  close(): void {}
}
