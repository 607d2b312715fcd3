import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inRoutingOrder } from "../../local-stack/gateway/routing-order.ts";

const order = (...paths: string[]) =>
  inRoutingOrder(paths.map((path) => ({ definition: { paths: [path] } }))).map(({ path }) => path);

describe("of two patterns that fit one path", () => {
  test.each([
    ["/reservations/mine", "/reservations/:id"],
    ["/a/b/:c", "/a/:b/c"],
    ["/:room/queue", "/*"],
    ["/a/:b", "/a/*"],
  ])("%s is asked before %s", (first, second) => {
    expect(order(second, first)).toEqual([first, second]);
    expect(order(first, second)).toEqual([first, second]);
  });
});

test("the order is one, whatever the order of the functions, but for patterns that are equally open", () => {
  const segment = fc.constantFrom("a", "b", ":x", "*");
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join("/")}`);
  const openness = (paths: readonly string[]) => paths.map((one) => one.replaceAll(/[ab]/g, "a"));
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), (paths) => {
      expect(openness(order(...paths.toReversed()))).toEqual(openness(order(...paths)));
    }),
  );
});
