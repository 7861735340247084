// Finds the host that a client is: open addressing over a hash of its octets. Asked once a query,
// so nothing is allocated. The keys are the administrator's, so no client can make them collide;
// a client's own octets only choose where a search of bounded length starts.

import type { Host } from "./model.ts";

/** What the octets of a key are: a hardware type (0..255), or this for a client identifier. */
export const CLIENT_ID_KIND = 256;

/** An immutable index of hosts by client identifier and by hardware address. */
export class HostIndex {
  private readonly kinds: number[] = [];
  private readonly keys: Uint8Array[] = [];
  private readonly hosts: Host[] = [];
  /** Position in the arrays above + 1; 0 where empty. At most half of it is used. */
  private readonly slots: Int32Array;

  /** Of two hosts with one key the first is found. */
  constructor(hosts: readonly Host[]) {
    for (const host of hosts) {
      if (host.clientId !== undefined) this.append(CLIENT_ID_KIND, host.clientId, host);
      for (const { htype, address } of host.hardware) this.append(htype, address, host);
    }
    let size = 2;
    while (size < 2 * this.keys.length) size *= 2;
    this.slots = new Int32Array(size);
    for (const [i, key] of this.keys.entries()) {
      const slot = this.search(this.kinds[i] ?? 0, key, key.length);
      if (this.slots[slot] === 0) this.slots[slot] = i + 1;
    }
  }

  /** The host with the first `length` octets of `octets` as a key of that kind, or undefined. */
  find(kind: number, octets: Uint8Array, length: number): Host | undefined {
    if (this.keys.length === 0) return undefined;
    return this.hosts[(this.slots[this.search(kind, octets, length)] ?? 0) - 1];
  }

  private append(kind: number, key: Uint8Array, host: Host): void {
    this.kinds.push(kind);
    this.keys.push(key);
    this.hosts.push(host);
  }

  /** The slot that holds the key, or the empty one where it would be. */
  private search(kind: number, octets: Uint8Array, length: number): number {
    // FNV-1a.
    let hash = 0x811c9dc5 ^ kind;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (octets[i] ?? 0), 0x01000193);
    const wrap = this.slots.length - 1;
    // The high bits depend on all octets, the low ones on fewer.
    let slot = (hash ^ (hash >>> 15)) & wrap;
    for (;;) {
      const at = (this.slots[slot] ?? 0) - 1;
      if (at < 0 || this.isKey(at, kind, octets, length)) return slot;
      slot = (slot + 1) & wrap;
    }
  }

  private isKey(at: number, kind: number, octets: Uint8Array, length: number): boolean {
    const key = this.keys[at];
    if (key === undefined || key.length !== length || this.kinds[at] !== kind) return false;
    for (let i = 0; i < length; i++) if (key[i] !== octets[i]) return false;
    return true;
  }
}
