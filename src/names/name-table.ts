// Which address has which name. A name belongs to one address at a time: the configuration's wish comes before any
// client's, then the first client that asked keeps it. A later client waits, and gets it when the holder's lease ends.
// A client that asks for its own name with another address, because it has moved, takes the name along. Among clients
// that one look at all leases finds, the one that got its address first counts as the first.

import type { Ipv4 } from "../base/ipv4.ts";
import { SplitMap } from "./split-map.ts";
import type { Wish } from "./wish.ts";

/** A name that is not given. */
export interface Refused {
  readonly wish: Wish;
  readonly holder: Wish;
}

/** An address that asks for a name. */
interface Asker {
  wish: Wish;
  /** The look at all leases that has found it; 0: it came with a change. */
  readonly walk: number;
}

/** Bits of a word, and words of a block of 256 addresses. */
const WORD_BITS = 32;
const BLOCK_WORDS = 8;
const BLOCK_SHIFT = 8;

/** The table of one server. */
export class NameTable {
  /** How often it has changed. */
  version = 0;
  /** The configuration's wish for an address without a lease. */
  private reserved: ReadonlyMap<Ipv4, Wish> = new Map();
  private readonly leased = new SplitMap<Ipv4, Wish>();
  /** The addresses that ask for a name, the holder first. */
  private readonly asking = new SplitMap<string, Asker[]>();
  /** A bit for each address that asks for a name, by the first 24 bits of the address. */
  private readonly blocks = new Map<number, Uint32Array>();
  /** Addresses whose name may have changed since they were last taken. */
  private changed = new Set<Ipv4>();
  /** Called for each name that an address asks for and does not get. */
  onRefused: (refused: Refused) => void = () => undefined;

  /** Takes over the configuration's wishes. */
  reserve(wishes: readonly Wish[]): void {
    const before = this.reserved;
    const addresses = new Set([...before.keys(), ...wishes.map(({ address }) => address)]);
    this.reserved = new Map(wishes.map((wish) => [wish.address, wish]));
    for (const address of addresses)
      if (!this.leased.has(address)) this.replace(address, before.get(address), this.reserved.get(address));
  }

  /** The lease of an address asks for a name; undefined: for none, or it is over. `walk`: number of the look at all leases that has found it; 0: it has changed. */
  set(address: Ipv4, wish: Wish | undefined, walk = 0): void {
    const before = this.leased.get(address);
    const reserved = this.reserved.get(address);
    if (wish === undefined) this.leased.delete(address);
    else this.leased.set(address, wish);
    this.replace(address, before ?? reserved, wish ?? reserved, walk);
  }

  /** How many leases ask for names, and their addresses. */
  get leasedCount(): number {
    return this.leased.size;
  }

  /** See leasedCount. */
  leasedAddresses(): Iterable<Ipv4> {
    return this.leased.keys();
  }

  /** The wish of an address that has its name, or undefined. */
  given(address: Ipv4): Wish | undefined {
    const wish = this.leased.get(address) ?? this.reserved.get(address);
    return wish !== undefined && this.holderOf(wish.name) === wish ? wish : undefined;
  }

  /** Whether the bare label of a wish that is given means this address too. */
  hasLabel(wish: Wish): boolean {
    return wish.label === wish.name || this.holderOf(wish.label) === wish;
  }

  /** Addresses that ask for names, those of the configuration included. */
  get size(): number {
    return this.leased.size + this.reserved.size;
  }

  /**
   * The granted wishes, by their addresses, in lists of at most 32. It goes through the addresses that ask when it
   * begins, in blocks of 256, and takes the wishes granted when each list is made: the table may change meanwhile.
   */
  *given32(): Generator<readonly Wish[]> {
    const blocks = Uint32Array.from(this.blocks.keys()).sort();
    for (const block of blocks) {
      for (let word = 0; word < BLOCK_WORDS; word++) {
        const bits = this.blocks.get(block)?.[word] ?? 0;
        if (bits !== 0) yield this.givenOf(block * 2 ** BLOCK_SHIFT + word * WORD_BITS, bits);
      }
    }
  }

  private givenOf(first: Ipv4, bits: number): readonly Wish[] {
    const found: Wish[] = [];
    for (let bit = 0; bit < WORD_BITS; bit++) {
      const wish = (bits >>> bit) & 1 ? this.given(first + bit) : undefined;
      if (wish !== undefined) found.push(wish);
    }
    return found;
  }

  /** Whether takeChanged has something to tell. */
  get hasChanged(): boolean {
    return this.changed.size > 0;
  }

  /** The addresses whose name may have changed since the last call. */
  takeChanged(): ReadonlySet<Ipv4> {
    const { changed } = this;
    if (changed.size > 0) this.changed = new Set();
    return changed;
  }

  private holderOf(name: string): Wish | undefined {
    return this.asking.get(name)?.[0]?.wish;
  }

  private noteChanged(address: Ipv4): void {
    this.changed.add(address);
    this.version += 1;
  }

  private replace(address: Ipv4, before: Wish | undefined, after: Wish | undefined, walk = 0): void {
    if (before === after) return;
    const isSame =
      before !== undefined &&
      before.name === after?.name &&
      before.client === after.client &&
      before.isReserved === after.isReserved;
    if (isSame) {
      // A host with a fixed address, which is named without a lease, is in the zones with one only.
      if ((before.dns === undefined) !== (after.dns === undefined)) this.noteChanged(address);
      // It keeps its place among the askers.
      for (const name of namesOf(before)) {
        const asker = this.asking.get(name)?.find((other) => other.wish === before);
        if (asker !== undefined) asker.wish = after;
      }
      return;
    }
    this.noteChanged(address);
    this.mark(address, after !== undefined);
    if (before !== undefined) for (const name of namesOf(before)) this.leave(name, before);
    if (after === undefined) return;
    for (const name of namesOf(after)) this.ask(name, { wish: after, walk });
    const holder = this.holderOf(after.name);
    if (holder !== undefined && holder !== after) this.onRefused({ wish: after, holder });
  }

  private leave(name: string, wish: Wish): void {
    const asking = this.asking.get(name) ?? [];
    const at = asking.findIndex((other) => other.wish === wish);
    if (at < 0) return;
    asking.splice(at, 1);
    if (asking.length === 0) this.asking.delete(name);
    const [holder] = asking;
    if (at === 0 && holder !== undefined) this.noteChanged(holder.wish.address);
  }

  private ask(name: string, asker: Asker): void {
    const asking = this.asking.get(name);
    if (asking === undefined) return void this.asking.set(name, [asker]);
    const [holder] = asking;
    const at = asking.findIndex((other) => comesBefore(asker, other));
    asking.splice(at < 0 ? asking.length : at, 0, asker);
    if (at !== 0 || holder === undefined) return;
    this.noteChanged(holder.wish.address);
    // It counts as the later one, and would not have got the name.
    const isLater = isEarlier(asker, holder) && holder.wish.client !== asker.wish.client;
    if (isLater && holder.wish.name === name) this.onRefused({ wish: holder.wish, holder: asker.wish });
  }

  /** An address asks for a name from now on, or for none. */
  private mark(address: Ipv4, isAsking: boolean): void {
    const block = address >>> BLOCK_SHIFT;
    let bits = this.blocks.get(block);
    if (bits === undefined) {
      if (!isAsking) return;
      bits = new Uint32Array(BLOCK_WORDS);
      this.blocks.set(block, bits);
    }
    const word = (address / WORD_BITS) & (BLOCK_WORDS - 1);
    const bit = 1 << (address & (WORD_BITS - 1));
    const before = bits[word] ?? 0;
    bits[word] = isAsking ? before | bit : before & ~bit;
    if (!isAsking && bits.every((other) => other === 0)) this.blocks.delete(block);
  }
}

/** The whole name, and the label where that is another. */
function namesOf({ name, label }: Wish): readonly string[] {
  return name === label ? [name] : [name, label];
}

function comesBefore(asker: Asker, other: Asker): boolean {
  if (asker.wish.isReserved !== other.wish.isReserved) return asker.wish.isReserved;
  return asker.wish.client === other.wish.client || isEarlier(asker, other);
}

/** Of two askers that one look at all leases has found, the first has had its address for longer. */
function isEarlier(asker: Asker, other: Asker): boolean {
  return asker.walk !== 0 && asker.walk === other.walk && asker.wish.since < other.wish.since;
}
