// Makes new inputs of known ones: octets changed, cut, moved and put in, two inputs spliced.

import type { Random } from "../sim/random.ts";

/** Numbers at which parsers change their mind. */
const EDGES = [0, 1, 2, 3, 4, 6, 7, 8, 15, 16, 17, 31, 32, 52, 53, 55, 61, 63, 64, 82, 127, 128, 192, 254, 255];
const EDITS_MAX = 6;
const PIECE_MAX = 40;

/** Makes inputs; the same generator and pool give the same ones. */
export class Mutator {
  private readonly random: Random;
  private readonly words: readonly Uint8Array[];
  private readonly octetsMax: number;
  private scratch = new Uint8Array(0);
  private length = 0;

  constructor(random: Random, words: readonly Uint8Array[], octetsMax: number) {
    this.random = random;
    this.words = words;
    this.octetsMax = octetsMax;
    this.scratch = new Uint8Array(octetsMax);
  }

  /** One of the pool, changed in up to EDITS_MAX places; valid until the next call. */
  next(pool: readonly Uint8Array[]): Uint8Array {
    const { random } = this;
    const source = random.pick(pool);
    this.length = Math.min(source.length, this.octetsMax);
    this.scratch.set(source.subarray(0, this.length));
    for (let edits = 1 + random.below(EDITS_MAX); edits > 0; edits--) this.edit(pool);
    return this.scratch.subarray(0, this.length);
  }

  private edit(pool: readonly Uint8Array[]): void {
    const { random, scratch, length } = this;
    const at = random.below(length + 1);
    switch (random.below(11)) {
      case 0:
        if (at < length) scratch[at] = (scratch[at] ?? 0) ^ (1 << random.below(8));
        return;
      case 1:
        if (at < length) scratch[at] = random.below(256);
        return;
      case 2:
        if (at < length) scratch[at] = random.pick(EDGES);
        return;
      case 3:
        if (at < length) scratch[at] = (scratch[at] ?? 0) + random.below(9) - 4;
        return;
      case 4:
        return this.remove(at, 1 + random.below(PIECE_MAX));
      case 5:
        return this.insert(at, this.noise());
      case 6:
        return this.insert(at, scratch.slice(at, at + 1 + random.below(PIECE_MAX)));
      case 7:
        if (this.words.length > 0) this.insert(at, random.pick(this.words));
        return;
      case 8:
        if (this.words.length > 0) this.overwrite(at, random.pick(this.words));
        return;
      case 9:
        return this.overwrite(at, this.noise());
      default:
        return this.splice(at, random.pick(pool));
    }
  }

  private noise(): Uint8Array {
    const { random } = this;
    const octet = random.below(256);
    const isRun = random.chance(0.3);
    return Uint8Array.from({ length: 1 + random.below(PIECE_MAX) }, () => (isRun ? octet : random.below(256)));
  }

  private remove(at: number, count: number): void {
    const end = Math.min(this.length, at + count);
    this.scratch.copyWithin(at, end, this.length);
    this.length -= end - at;
  }

  private insert(at: number, piece: Uint8Array): void {
    const room = Math.min(piece.length, this.octetsMax - this.length);
    this.scratch.copyWithin(at + room, at, this.length);
    this.scratch.set(piece.subarray(0, room), at);
    this.length += room;
  }

  private overwrite(at: number, piece: Uint8Array): void {
    const room = Math.min(piece.length, this.octetsMax - at);
    this.scratch.set(piece.subarray(0, room), at);
    this.length = Math.max(this.length, at + room);
  }

  /** What stands behind `at` comes from another input, or a piece of that one is put in. */
  private splice(at: number, other: Uint8Array): void {
    const from = this.random.below(other.length + 1);
    if (this.random.chance(0.5)) this.length = at;
    this.insert(at, other.subarray(from, from + (this.random.chance(0.5) ? 4 * PIECE_MAX : this.octetsMax)));
  }
}
