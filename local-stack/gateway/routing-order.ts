/**
 * Which of two patterns is asked first when both fit a path: `/reservations/mine` before `/reservations/:id`, wherever the
 * functions stand.
 */
import type { FunctionDefinition } from "../../functions/define-function.ts";

interface Route<D> {
  readonly path: string;
  readonly definition: D;
}

/** Every path of every function. Where two first differ, what is fixed comes before a parameter, and that before a wildcard. */
export function inRoutingOrder<D extends Pick<FunctionDefinition, "paths">>(
  functions: readonly { readonly definition: D }[],
): Route<D>[] {
  return functions
    .flatMap(({ definition }) => definition.paths.map((path) => ({ path, definition })))
    .sort((a, b) => compare(a.path, b.path));
}

/** Before every segment: of two that are equal as far as they go the shorter is first. */
const SHORTER = -1;

function compare(a: string, b: string): number {
  const others = b.split("/").map(openness);
  for (const [i, own] of a.split("/").map(openness).entries()) {
    const difference = own - (others[i] ?? SHORTER);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function openness(segment: string): number {
  if (segment.startsWith("*")) return 2;
  return segment.startsWith(":") ? 1 : 0;
}
