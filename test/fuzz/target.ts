// What is fuzzed, and what a target and the checks in it are made of.

/** Something that takes octets from somebody who may be hostile. */
export interface Target {
  readonly name: string;
  /** What one unit of work is, in the plural: "packets". */
  readonly unit: string;
  /** Sound inputs to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces that mutation puts in. */
  readonly words: readonly Uint8Array[];
  /** Octets of the longest input. */
  readonly octetsMax: number;
  /** Takes one input, from a fresh state; returns the units of work that were in it. Throws where anything is wrong. */
  run(octets: Uint8Array): number;
}

/** Something that must hold does not. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws a Violation unless `condition` holds. `say` puts the sentence together only when it is needed. */
export function check(condition: boolean, say: () => string): asserts condition {
  if (!condition) throw new Violation(say());
}

/** Text as octets, one a character. */
export function octetsOfText(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Octets as text, one character each. */
export function textOfOctets(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
}

/** Takes an input apart into choices: zeros when it is used up. */
export class Choices {
  private readonly octets: Uint8Array;
  private at = 0;

  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  get isEmpty(): boolean {
    return this.at >= this.octets.length;
  }

  octet(): number {
    return this.octets[this.at++] ?? 0;
  }

  short(): number {
    return this.octet() * 256 + this.octet();
  }

  below(count: number): number {
    return this.octet() % count;
  }

  /** One of the list. */
  of<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** The next octets, as many as there are. */
  take(length: number): Uint8Array {
    const taken = this.octets.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }

  /** A piece behind its length in two octets. */
  piece(): Uint8Array {
    return this.take(this.short());
  }
}

/** A piece as `Choices.piece` takes it. */
export function pieceOf(octets: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(octets.length >>> 8, octets.length), octets);
}

/** Pieces one behind the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
