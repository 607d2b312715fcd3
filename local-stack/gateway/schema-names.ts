/**
 * A name for one schema only. Functions that are bundled apart, as they are while they reload, each bring a copy of the schemas
 * they share; the document can have one of them under the name, and the others as they are.
 */
import * as z from "zod";

/** Takes a name from every schema within `roots` but the first that has it. */
export function nameOnce(roots: readonly unknown[]): void {
  const seen = new Set<unknown>();
  const names = new Set<string>();
  for (const schema of within(roots, seen)) {
    const meta = z.globalRegistry.get(schema);
    if (meta?.id === undefined) continue;
    if (!names.has(meta.id)) {
      names.add(meta.id);
      continue;
    }
    const { id: _, ...nameless } = meta;
    z.globalRegistry.remove(schema);
    z.globalRegistry.add(schema, nameless);
  }
}

function* within(value: unknown, seen: Set<unknown>): Iterable<z.core.$ZodType> {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof z.core.$ZodType) {
    yield value;
    yield* within(value._zod.def, seen);
    return;
  }
  for (const part of Object.values(value)) yield* within(part, seen);
}
