/**
 * How long things take, in ticks of TICK_MS.
 *
 * A heartbeat every 100 ms keeps five idle nodes quiet. Without any for 500 to 1,000 ms a follower looks for a new leader; but
 * a leader whose process died is noticed at once, by its streams, and then it takes 20 to 120 ms. Ticks are counted, not
 * read off a clock: a process that was paused, or starved, does not wake up with an election on its mind.
 */
export const TICK_MS = 20;

export const timing = {
  tickMs: TICK_MS,
  electionTicks: 25,
  heartbeatTicks: 5,
  hintTicks: 6,
  readTimeoutTicks: 50,
} as const;
