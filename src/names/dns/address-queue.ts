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
