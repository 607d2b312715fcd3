/** The list from its `by`-th on, then the rest: whoever is first is another one each round. */
export function rotate<T>(list: readonly T[], by: number): T[] {
  return [...list.slice(by % list.length), ...list.slice(0, by % list.length)];
}
