/** Ctrl-C: no more faults, and the verdict on what there was. Once more: the end. */
const SAME_SIGNAL_MS = 500;

export function interruption(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // The terminal and the process around this one may both pass it on.
      if (first !== undefined && performance.now() - first > SAME_SIGNAL_MS) process.exit(130);
      first ??= performance.now();
      controller.abort();
    });
  }
  return controller.signal;
}
