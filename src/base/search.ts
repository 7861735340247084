// Binary search in things that are sorted by a number.

/** Position of the last of `count` things, sorted by their keys, whose key is at most `most`; -1 where there is none. */
export function lastAtMost(count: number, keyOf: (position: number) => number, most: number): number {
  let low = -1;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (keyOf(middle) <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}
