/** Calls with 0 to `count` - 1, so many at a time. */
export async function inParallel(
  count: number,
  atATime: number,
  call: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: atATime }, work));
}
