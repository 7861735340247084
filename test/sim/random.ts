// The one source of chance of a simulated run: the same seed gives the same numbers, in the same order.

/** A generator of 32-bit numbers (sfc32) and what is drawn from them. */
export class Random {
  private a: number;
  private b: number;
  private c = 0;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed >>> 0;
    this.b = Math.floor(seed / 0x1_0000_0000) >>> 0;
    // The first numbers of neighbouring seeds resemble each other.
    for (let i = 0; i < 15; i++) this.next();
  }

  /** 0 or more, less than 1. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  /** A whole number of 0 .. count - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** A number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** True with that probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new RangeError("nothing to pick from");
    return chosen;
  }

  /** A waiting time of that mean (exponential distribution), at most eight times as long. */
  wait(mean: number): number {
    return Math.min(-Math.log(1 - this.next()), 8) * mean;
  }
}
