// The free addresses of one pool: a bit each, with a summary bit for every 32 of them, so that the
// next free address from a given one on is found fast in a pool that is nearly full.

const WORD_FULL = 0xffffffff;

/** A set of free positions 0..size-1; all are free at first. */
export class FreeBitmap {
  readonly size: number;
  /** Set: taken. Untouched memory is free, so that a huge pool costs nothing before it is used. */
  private readonly words: Uint32Array;
  /** Set: the word has no free bit. */
  private readonly fullWords: Uint32Array;
  /** Number of free positions: it spares a full pool the search. */
  private count: number;

  constructor(size: number) {
    this.size = size;
    this.count = size;
    this.words = new Uint32Array((size + 31) >>> 5);
    this.fullWords = new Uint32Array((this.words.length + 31) >>> 5);
    markTail(this.words, size);
    markTail(this.fullWords, this.words.length);
  }

  /** Whether a position is free. */
  isFree(position: number): boolean {
    return ((this.words[position >>> 5] ?? WORD_FULL) & (1 << (position & 31))) === 0;
  }

  /** Takes a position out of the set. */
  take(position: number): void {
    const word = position >>> 5;
    const before = this.words[word] ?? 0;
    const bits = (before | (1 << (position & 31))) >>> 0;
    if (bits !== before) this.count--;
    this.words[word] = bits;
    if (bits === WORD_FULL) this.fullWords[word >>> 5] = (this.fullWords[word >>> 5] ?? 0) | (1 << (word & 31));
  }

  /** Puts a position into the set. */
  free(position: number): void {
    const word = position >>> 5;
    const before = this.words[word] ?? 0;
    const bits = (before & ~(1 << (position & 31))) >>> 0;
    if (bits !== before) this.count++;
    this.words[word] = bits;
    this.fullWords[word >>> 5] = (this.fullWords[word >>> 5] ?? 0) & ~(1 << (word & 31));
  }

  /** The first free position at or after `from`, going on at 0 after the last; -1 if none is free. */
  next(from: number): number {
    if (this.count === 0) return -1;
    const first = from >>> 5;
    const inFirst = firstClear(this.words[first] ?? WORD_FULL, from & 31);
    if (inFirst >= 0) return first * 32 + inFirst;
    let word = this.nextWord(first + 1);
    if (word < 0) word = this.nextWord(0);
    if (word < 0) return -1;
    return word * 32 + firstClear(this.words[word] ?? WORD_FULL, 0);
  }

  /** The first position at or after `from` that is not free; -1 if there is none up to the end. */
  nextTaken(from: number): number {
    let word = from >>> 5;
    let bits = (this.words[word] ?? 0) & (WORD_FULL << (from & 31));
    while (bits === 0) {
      if (++word >= this.words.length) return -1;
      bits = this.words[word] ?? 0;
    }
    const position = word * 32 + 31 - Math.clz32(bits & -bits);
    return position < this.size ? position : -1;
  }

  /** The first word at or after `from` that has a free bit; -1 if there is none up to the end. */
  private nextWord(from: number): number {
    let index = from >>> 5;
    if (index >= this.fullWords.length) return -1;
    let bit = firstClear(this.fullWords[index] ?? WORD_FULL, from & 31);
    while (bit < 0) {
      if (++index >= this.fullWords.length) return -1;
      bit = firstClear(this.fullWords[index] ?? WORD_FULL, 0);
    }
    return index * 32 + bit;
  }
}

/** Marks the bits of the last word that stand for nothing. */
function markTail(words: Uint32Array, size: number): void {
  if ((size & 31) !== 0) words[words.length - 1] = (WORD_FULL << (size & 31)) >>> 0;
}

/** The lowest clear bit of `word` at or above `from` (0..31); -1 if there is none. */
function firstClear(word: number, from: number): number {
  const clear = ~word & (WORD_FULL << from);
  return clear === 0 ? -1 : 31 - Math.clz32(clear & -clear);
}
