// Names of the keys in etcd: PREFIX/l/ and the four octets of an address, PREFIX/n/ and the name of a node, PREFIX/meta.

import { getUint32, putUint32 } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";

/** Octets of an address in a key. */
const ADDRESS_OCTETS = 4;
const ADDRESS_MAX = 0xffff_ffff;

/** What a key is of. */
export type KeyKind = "lease" | "node" | "meta" | "other";

/** All keys of one prefix. Keys of leases are made in one buffer, which the next one overwrites. */
export class Keys {
  readonly meta: Buffer;
  /** Every key from `first` to before `end` is of the prefix. */
  readonly first: Buffer;
  readonly end: Buffer;
  /** The same for the nodes' keys. */
  readonly firstNode: Buffer;
  readonly endNode: Buffer;
  private readonly leaseStart: Buffer;
  private readonly leaseKey: Buffer;
  private readonly leaseEnd: Buffer;

  constructor(prefix: string) {
    this.meta = Buffer.from(`${prefix}/meta`);
    this.first = Buffer.from(`${prefix}/`);
    // The octet behind a slash.
    this.end = Buffer.from(`${prefix}0`);
    this.firstNode = Buffer.from(`${prefix}/n/`);
    this.endNode = Buffer.from(`${prefix}/n0`);
    this.leaseStart = Buffer.from(`${prefix}/l/`);
    this.leaseKey = Buffer.concat([this.leaseStart, Buffer.alloc(ADDRESS_OCTETS)]);
    this.leaseEnd = Buffer.from(`${prefix}/l0`);
  }

  /** Key of the lease of an address; valid until the next call. */
  lease(address: Ipv4): Buffer {
    putUint32(this.leaseKey, this.leaseStart.length, address);
    return this.leaseKey;
  }

  /** Start and end of the keys of the leases from one address to another, both included. */
  leases(first: Ipv4, last: Ipv4): readonly [Buffer, Buffer] {
    const end = last === ADDRESS_MAX ? this.leaseEnd : Buffer.from(this.lease(last + 1));
    return [Buffer.from(this.lease(first)), end];
  }

  /** Key of a node's heartbeat. */
  heartbeat(name: string): Buffer {
    return Buffer.concat([this.firstNode, Buffer.from(name)]);
  }

  /** What the key in `octets` from `start` to `end` is of. */
  kindOf(octets: Uint8Array, start: number, end: number): KeyKind {
    const length = end - start;
    if (length === this.leaseKey.length && isAt(octets, start, this.leaseStart)) return "lease";
    if (length > this.firstNode.length && isAt(octets, start, this.firstNode)) return "node";
    return length === this.meta.length && isAt(octets, start, this.meta) ? "meta" : "other";
  }

  /** Address of the key of a lease that ends at `end`. */
  addressOf(octets: Uint8Array, end: number): Ipv4 {
    return getUint32(octets, end - ADDRESS_OCTETS);
  }

  /** Name of the node whose key starts and ends there. */
  nameOf(octets: Uint8Array, start: number, end: number): string {
    return Buffer.from(octets.subarray(start + this.firstNode.length, end)).toString();
  }
}

function isAt(octets: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (octets[start + i] !== wanted[i]) return false;
  return true;
}
