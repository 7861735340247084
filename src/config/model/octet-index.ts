// Finds a value by octets: open addressing over their hash. Asked once a query, so nothing is
// allocated. The keys are the administrator's, so no client can make them collide; a client's own
// octets only choose where a search of bounded length starts.

/** A key, its kind (equal octets of different kinds are different keys), and its value. */
export interface OctetEntry<Value> {
  readonly kind: number;
  readonly key: Uint8Array;
  readonly value: Value;
}

/** An immutable index by octets. */
export class OctetIndex<Value> {
  private readonly entries: readonly OctetEntry<Value>[];
  /** Position in `entries` + 1; 0 where empty. At most half of it is used. */
  private readonly slots: Int32Array;

  /** If two entries have one key, a search finds the first. */
  constructor(entries: readonly OctetEntry<Value>[]) {
    this.entries = entries;
    let size = 2;
    while (size < 2 * entries.length) size *= 2;
    this.slots = new Int32Array(size);
    for (const [i, { kind, key }] of entries.entries()) {
      const slot = this.search(kind, key, 0, key.length);
      if (this.slots[slot] === 0) this.slots[slot] = i + 1;
    }
  }

  /** The value whose key of that kind is the `length` octets at `from`, or undefined. */
  find(kind: number, octets: Uint8Array, from: number, length: number): Value | undefined {
    if (this.entries.length === 0) return undefined;
    return this.entries[(this.slots[this.search(kind, octets, from, length)] ?? 0) - 1]?.value;
  }

  /** The slot that holds the key, or the empty one where it would be. */
  private search(kind: number, octets: Uint8Array, from: number, length: number): number {
    // FNV-1a.
    let hash = 0x811c9dc5 ^ kind;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (octets[from + i] ?? 0), 0x01000193);
    const wrap = this.slots.length - 1;
    // The high bits depend on all octets, the low ones on fewer.
    let slot = (hash ^ (hash >>> 15)) & wrap;
    for (;;) {
      const at = (this.slots[slot] ?? 0) - 1;
      if (at < 0 || this.isKey(at, kind, octets, from, length)) return slot;
      slot = (slot + 1) & wrap;
    }
  }

  private isKey(at: number, kind: number, octets: Uint8Array, from: number, length: number): boolean {
    const entry = this.entries[at];
    if (entry === undefined || entry.key.length !== length || entry.kind !== kind) return false;
    for (let i = 0; i < length; i++) if (entry.key[i] !== octets[from + i]) return false;
    return true;
  }
}
