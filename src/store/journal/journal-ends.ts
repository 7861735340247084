// Leases whose time is over and whose last record still says that they are in use. Programs that read the file go
// by that word, so each gets a record, but nobody waits for it: it is written with the next commit, or when there
// is none, and never synced by itself. Should a power failure take it, the next start finds the lease over again.

import { BindingState } from "../../lease/lease.ts";
import { type LeaseSlot, type LeaseTable, NO_LEASE } from "../../lease/table/table.ts";
import type { BatchBuffer } from "./journal-batch.ts";

/** Slots in the order in which they ended; no more than the table has. */
export class EndedLeases {
  private slots = new Set<LeaseSlot>();

  get count(): number {
    return this.slots.size;
  }

  add(slot: LeaseSlot): void {
    this.slots.add(slot);
  }

  clear(): void {
    this.slots.clear();
  }

  /** Adds the records of up to `limit` of them to the open batch; returns how many. A lease that is in use again needs none. */
  addTo(buffer: BatchBuffer, table: LeaseTable, limit: number): number {
    let added = 0;
    for (const slot of this.slots) {
      if (added === limit) break;
      this.slots.delete(slot);
      if (table.isPending(slot) || table.state(slot) !== BindingState.expired) continue;
      buffer.addLease(table, slot);
      added += 1;
    }
    return added;
  }

  /** The same leases in another table. */
  follow(from: LeaseTable, to: LeaseTable): void {
    const moved = new Set<LeaseSlot>();
    for (const slot of this.slots) moved.add(to.slotOf(from.addressOf(slot)));
    moved.delete(NO_LEASE);
    this.slots = moved;
  }
}
