// Addresses in the order in which they came, each once; taking and removing one costs the same however many there are.

import type { Ipv4 } from "../../base/ipv4.ts";

/** First in, first out. */
export class AddressQueue {
  private readonly addresses = new Set<Ipv4>();
  // Kept, because a new iterator steps over all that were removed.
  private iterator = this.addresses.values();

  get size(): number {
    return this.addresses.size;
  }

  add(address: Ipv4): void {
    this.addresses.add(address);
  }

  delete(address: Ipv4): void {
    this.addresses.delete(address);
  }

  /** Removes the first one. */
  take(): Ipv4 | undefined {
    if (this.addresses.size === 0) return undefined;
    let { value } = this.iterator.next();
    if (value === undefined) {
      this.iterator = this.addresses.values();
      ({ value } = this.iterator.next());
    }
    if (value !== undefined) this.addresses.delete(value);
    return value;
  }
}

/** Lists of addresses that are walked one after the other; they may change meanwhile. */
export class AddressLists {
  private readonly lists: { readonly addresses: Iterator<Ipv4>; left: number }[] = [];

  /** About how many are left. */
  get size(): number {
    return this.lists.reduce((sum, { left }) => sum + left, 0);
  }

  /** Adds a list of about so many. */
  add(addresses: Iterable<Ipv4>, count: number): void {
    this.lists.push({ addresses: addresses[Symbol.iterator](), left: count });
  }

  /** The next one. */
  take(): Ipv4 | undefined {
    for (let list = this.lists[0]; list !== undefined; list = this.lists[0]) {
      const { done, value } = list.addresses.next();
      list.left = Math.max(0, list.left - 1);
      if (done !== true) return value;
      this.lists.shift();
    }
    return undefined;
  }
}
