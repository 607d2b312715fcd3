/** Time, turns and chance as the client sees them; a simulator brings its own. */
import { randomUUID } from "node:crypto";

export interface ClientRuntime {
  /** Milliseconds, monotonic. */
  now(): number;
  /** @returns what cancels it. */
  after(milliseconds: number, run: () => void): () => void;
  /** Runs when all that has arrived by now was taken. */
  nextTurn(run: () => void): void;
  /** Like no other, of any client at any time. */
  uniqueName(): string;
}

export const systemRuntime: ClientRuntime = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  nextTurn: (run) => {
    setImmediate(run);
  },
  uniqueName: randomUUID,
};
