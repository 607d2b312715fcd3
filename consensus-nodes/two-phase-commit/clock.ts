/** Time and chance as whoever runs transactions sees them; a simulator brings its own. */
export interface Clock {
  /** Milliseconds, monotonic: nothing here may hang on a wall clock that is set, or that another machine has differently. */
  now(): number;
  /** @returns what cancels it. */
  after(milliseconds: number, run: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
