// A set of unsigned 32-bit numbers for the hot path: made once when interfaces change, asked for
// every datagram. A sorted Uint32Array and a binary search: no hashing, no heap numbers.

/** An immutable set of unsigned 32-bit numbers (addresses, interface numbers). */
export class NumberSet {
  private readonly sorted: Uint32Array;

  constructor(values: Iterable<number>) {
    this.sorted = Uint32Array.from(new Set(values)).sort();
  }

  /** How many numbers it holds. */
  get size(): number {
    return this.sorted.length;
  }

  /** The numbers, the smallest first. */
  values(): Iterable<number> {
    return this.sorted.values();
  }

  /** Whether it holds `value`. */
  has(value: number): boolean {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low < this.sorted.length && this.sorted[low] === value;
  }
}
