/** How many of `voters` make a majority. */
export function majority(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** The highest value that a majority of the voters has reached, given one value per voter. */
export function reachedByMajority(values: readonly number[]): number {
  const descending = Float64Array.from(values).sort().reverse();
  return descending[majority(values.length) - 1] ?? 0;
}
