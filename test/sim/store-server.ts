// The shared store as its clients see it: linearizable, with one revision for the whole, conditional writes and a history
// that can be watched. That its members agree is taken for granted; that a request or its answer arrives is not
// (store-link.ts).

import type { SharedStore, Stored, Transacted, Watcher, World, Write, Written } from "./world.ts";

/** Writes of an address that the judge looks back on. */
const WRITES_KEPT = 20;

/** See the head of this file. */
export class StoreServer implements SharedStore {
  revision = 1;
  /** Another number after each restore: it is another cluster then. */
  cluster = 1;
  isDown = false;
  isUpSince = 0;
  /** Revisions up to this one can be watched no more. */
  compacted = 0;
  /** All that was written, in the order of the revisions. */
  history: Stored[] = [];
  readonly watchers = new Set<Watcher>();
  private readonly world: World;
  private leases = new Map<number, Stored>();
  /** All that was ever written of an address, whatever has been restored since. */
  private readonly written = new Map<number, Written[]>();

  constructor(world: World) {
    this.world = world;
  }

  /** What there is of an address now. */
  read(address: number): Stored {
    return this.leases.get(address) ?? { address, record: undefined, revision: this.revision };
  }

  /** All there is, in no particular order. */
  readAll(): readonly Stored[] {
    return [...this.leases.values()];
  }

  /** Each write by itself, all at one revision. */
  transact(writes: readonly Write[]): Transacted {
    const { loop } = this.world;
    const conflicts = writes.map(({ record, expected }) => {
      const there = this.leases.get(record.address);
      return (there?.revision ?? 0) === expected ? undefined : this.read(record.address);
    });
    const counting = writes.filter((_, i) => conflicts[i] === undefined);
    if (counting.length === 0) return { revision: this.revision, conflicts };
    this.revision += 1;
    for (const { record } of counting) {
      const stored = { address: record.address, record, revision: this.revision };
      this.world.judge.noteWrite(record);
      this.leases.set(record.address, stored);
      this.history.push(stored);
      const list = this.written.get(record.address);
      const written = { record, at: loop.now };
      if (list === undefined) this.written.set(record.address, [written]);
      else if (list.push(written) > WRITES_KEPT) list.shift();
    }
    for (const watcher of this.watchers) watcher.wake();
    return { revision: this.revision, conflicts };
  }

  /** What was written of an address lately, oldest first. */
  writtenOf(address: number): readonly Written[] {
    return this.written.get(address) ?? [];
  }

  /** A node's heartbeat, with its wall clock in seconds and whether it is trusted: all who watch are told. */
  beat(name: string, wall: number, isTrusted: boolean): void {
    for (const watcher of this.watchers) watcher.beat(name, wall, isTrusted);
  }

  /** Nobody can watch from before the present revision any more. */
  compact(): void {
    this.compacted = this.revision;
  }

  /** The store is again what it was at an older revision, as after a restore of a backup: what was written since is lost. */
  restore(revision: number): void {
    this.history = this.history.filter((stored) => stored.revision <= revision);
    this.leases = new Map(this.history.map((stored) => [stored.address, stored]));
    this.revision = revision;
    this.compacted = Math.min(this.compacted, revision);
    this.cluster += 1;
  }
}
