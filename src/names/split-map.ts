// A map that grows in small pieces. One of JavaScript's moves all of its entries when it grows, which takes 10 milliseconds at a
// hundred thousand of them and 50 at half a million, in one turn of the event loop.

const PARTS = 256;

/** As Map, in no order. */
export class SplitMap<K extends string | number, V> {
  private readonly parts = Array.from({ length: PARTS }, () => new Map<K, V>());
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: K): V | undefined {
    return this.partOf(key).get(key);
  }

  has(key: K): boolean {
    return this.partOf(key).has(key);
  }

  set(key: K, value: V): void {
    const part = this.partOf(key);
    const before = part.size;
    part.set(key, value);
    this.count += part.size - before;
  }

  delete(key: K): void {
    if (this.partOf(key).delete(key)) this.count -= 1;
  }

  /** The keys; entries may come and go meanwhile. */
  *keys(): Generator<K> {
    for (const part of this.parts) yield* part.keys();
  }

  private partOf(key: K): Map<K, V> {
    return this.parts[typeof key === "number" ? key & (PARTS - 1) : hash(key)] as Map<K, V>;
  }
}

/** Need not be secret: a client that chooses names for one part makes growth as slow as a plain map's. */
function hash(key: string): number {
  let mixed = 0;
  for (let i = 0; i < key.length; i++) mixed = (Math.imul(mixed, 31) + key.charCodeAt(i)) | 0;
  return (mixed ^ (mixed >>> 16)) & (PARTS - 1);
}
