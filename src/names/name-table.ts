// Who has which name. A name is one address's at a time: the configuration's before any client's, then the first that
// asked keeps it. Who asked later waits, and gets it when the holder's lease ends. A client that asks for its own name
// with another address, because it has moved, takes the name along.

import type { Ipv4 } from "../base/ipv4.ts";
import type { Wish } from "./wish.ts";

/** A name that is not given. */
export interface Refused {
  readonly wish: Wish;
  readonly holder: Wish;
}

/** Of one server. */
export class NameTable {
  /** What the configuration wishes where there is no lease. */
  private reserved: ReadonlyMap<Ipv4, Wish> = new Map();
  private readonly leased = new Map<Ipv4, Wish>();
  /** Those who ask for a name, the holder first. */
  private readonly asking = new Map<string, Wish[]>();
  /** Addresses whose name may have changed since they were last taken. */
  private changed = new Set<Ipv4>();
  /** Called for each name that somebody asks for and does not get. */
  onRefused: (refused: Refused) => void = () => undefined;

  /** Takes over what the configuration wishes. */
  reserve(wishes: readonly Wish[]): void {
    const before = this.reserved;
    const addresses = new Set([...before.keys(), ...wishes.map(({ address }) => address)]);
    this.reserved = new Map(wishes.map((wish) => [wish.address, wish]));
    for (const address of addresses)
      if (!this.leased.has(address)) this.replace(address, before.get(address), this.reserved.get(address));
  }

  /** The lease of an address asks for a name; undefined: for none, or it is over. */
  set(address: Ipv4, wish: Wish | undefined): void {
    const before = this.leased.get(address);
    const reserved = this.reserved.get(address);
    if (wish === undefined) this.leased.delete(address);
    else this.leased.set(address, wish);
    this.replace(address, before ?? reserved, wish ?? reserved);
  }

  /** Addresses with leases that ask for names. */
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

  /** All wishes that are given, in no order. */
  *all(): Generator<Wish> {
    for (const [name, [holder]] of this.asking) if (holder?.name === name) yield holder;
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
    return this.asking.get(name)?.[0];
  }

  private replace(address: Ipv4, before: Wish | undefined, after: Wish | undefined): void {
    if (before === after) return;
    const isSame =
      before !== undefined &&
      before.name === after?.name &&
      before.client === after.client &&
      before.isReserved === after.isReserved;
    if (isSame) {
      // A host with a fixed address, which is named without a lease, is in the zones with one only.
      if ((before.dns === undefined) !== (after.dns === undefined)) this.changed.add(address);
      // Its place among those who ask stays.
      for (const name of namesOf(before)) {
        const asking = this.asking.get(name);
        const at = asking?.indexOf(before) ?? -1;
        if (asking !== undefined && at >= 0) asking[at] = after;
      }
      return;
    }
    this.changed.add(address);
    if (before !== undefined) for (const name of namesOf(before)) this.leave(name, before);
    if (after === undefined) return;
    for (const name of namesOf(after)) this.ask(name, after);
    const holder = this.holderOf(after.name);
    if (holder !== undefined && holder !== after) this.onRefused({ wish: after, holder });
  }

  private leave(name: string, wish: Wish): void {
    const asking = this.asking.get(name) ?? [];
    const at = asking.indexOf(wish);
    if (at < 0) return;
    asking.splice(at, 1);
    if (asking.length === 0) this.asking.delete(name);
    const [holder] = asking;
    if (at === 0 && holder !== undefined) this.changed.add(holder.address);
  }

  private ask(name: string, wish: Wish): void {
    const asking = this.asking.get(name);
    if (asking === undefined) return void this.asking.set(name, [wish]);
    const [holder] = asking;
    const at = asking.findIndex((other) => comesBefore(wish, other));
    asking.splice(at < 0 ? asking.length : at, 0, wish);
    if (asking[0] === wish && holder !== undefined) this.changed.add(holder.address);
  }
}

/** The whole name, and the label where that is another. */
function namesOf({ name, label }: Wish): readonly string[] {
  return name === label ? [name] : [name, label];
}

function comesBefore(wish: Wish, other: Wish): boolean {
  if (wish.isReserved !== other.isReserved) return wish.isReserved;
  return wish.client === other.client;
}
