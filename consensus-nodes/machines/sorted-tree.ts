/** A B+ tree whose `clone()` is O(1): a copy of ordered state that costs nothing until either side changes. */
import sortedBtree from "sorted-btree";

// The package is CommonJS. Node imports its `exports`, which hold the class as `default`; bundlers and test runners that
// know of `__esModule` take the class out themselves.
export const SortedTree = "default" in sortedBtree ? sortedBtree.default : sortedBtree;
export type SortedTree<Key, Value = undefined> = sortedBtree.default<Key, Value>;
