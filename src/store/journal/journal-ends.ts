// Leases whose time is over and whose last record still says that they are in use. Programs that read the file go by
// that word, so each such lease gets a record. No client waits for it: it is written with the next commit, or when
// there is none, and never synced by itself. If a power failure loses it, the next start finds again that the lease is
// over.

import { BindingState } from "../../lease/lease.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../../lease/table/table.ts";
import type { BatchBuffer } from "./journal-batch.ts";

/** Slots in the order in which they ended; no more than the table has. */
export class EndedLeases {
  /** Whether their records are written. They wait while a new file is written, and where the disk has too little room. */
  mode: "written" | "left-out" = "written";
  private turn: NodeJS.Immediate | undefined;
  private slots = new Set<LeaseSlot>();
  /** Those that a new file in the making will contain. */
  private covered = new Set<LeaseSlot>();
  /** Those that `addTo` took last. */
  private readonly taken: LeaseSlot[] = [];

  get count(): number {
    return this.slots.size;
  }

  /** How many `addTo` took last. */
  get takenCount(): number {
    return this.taken.length;
  }

  add(slot: LeaseSlot): void {
    this.slots.add(slot);
  }

  /** Calls `write` from the event loop if there are any, once however often this is called meanwhile. */
  schedule(write: () => void): void {
    if (this.slots.size === 0 || this.turn !== undefined) return;
    this.turn = setImmediate(() => {
      this.turn = undefined;
      write();
    });
  }

  /** Takes `schedule` back; they are left out from now on. */
  close(): void {
    clearImmediate(this.turn);
    this.mode = "left-out";
  }

  /** A new file is begun, which shows every lease as it is now. */
  cover(): void {
    this.covered = this.slots;
    this.slots = new Set();
  }

  /** The new file has taken its place, or has not. */
  settleCovered(isWritten: boolean): void {
    if (!isWritten) for (const slot of this.covered) this.slots.add(slot);
    this.covered.clear();
  }

  /** What `addTo` took last has not been written. */
  putBack(): void {
    for (const slot of this.taken) this.slots.add(slot);
    this.taken.length = 0;
  }

  /** Adds the records of up to `limit` of them to the open batch; returns how many. A lease that is in use again needs none. */
  addTo(buffer: BatchBuffer, table: LeaseTable, limit: number): number {
    const { taken } = this;
    taken.length = 0;
    for (const slot of this.slots) {
      if (taken.length === limit) break;
      this.slots.delete(slot);
      if (table.isPending(slot) || table.state(slot) !== BindingState.expired) continue;
      buffer.addLease(table, slot);
      taken.push(slot);
    }
    return taken.length;
  }

  /** The same leases in another table. */
  follow(from: LeaseTable, to: LeaseTable): void {
    this.slots = moved(this.slots, from, to);
    this.covered = moved(this.covered, from, to);
  }
}

function moved(slots: ReadonlySet<LeaseSlot>, from: LeaseTable, to: LeaseTable): Set<LeaseSlot> {
  const result = new Set<LeaseSlot>();
  for (const slot of slots) result.add(to.slotOf(from.addressOf(slot)));
  result.delete(NO_LEASE);
  return result;
}
