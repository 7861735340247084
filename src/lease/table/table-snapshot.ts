// A whole reading of a shared store while its table is in use, when the store can no longer report what has changed
// since the table last heard (a watch whose revision was compacted away). The table learns each lease as it comes; a
// lease that the table knows from before the reading, and that the reading did not show, is gone.

import { assert } from "../../base/assert.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { LeaseRecord } from "../lease.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";
import type { LeaseTable } from "./table.ts";

/** One reading, all of it as of one revision. */
export class TableSnapshot {
  private readonly revision: number;
  private table: LeaseTable;
  /** A bit a slot: whether the reading has shown it. */
  private seen: Uint8Array;
  private readonly seenOutside = new Set<Ipv4>();
  /** Where the sweep goes on. */
  private next: Slot = 0;
  private hasSweptOutside = false;

  constructor(table: LeaseTable, revision: number) {
    assert(table.content.revisions !== undefined, "only the table of a shared store is read anew");
    this.table = table;
    this.revision = revision;
    this.seen = new Uint8Array((table.size + 7) >>> 3);
  }

  /** About so many leases are to come: the table makes room for them at once. */
  expect(leases: number): void {
    this.table.content.clients.reserve(Math.min(leases, this.table.size));
  }

  /** Takes a record of the reading, with its own revision. */
  take(record: LeaseRecord, revision: number): void {
    this.mark(record.address);
    this.table.learn(record.address, record, revision);
  }

  /** Like `take`, where the table has the record already (LeaseTable.isNews is false): it need not be read. */
  mark(address: Ipv4): void {
    const slot = this.table.slotOf(address);
    if (slot === NO_SLOT) this.seenOutside.add(address);
    else this.seen[slot >>> 3] = (this.seen[slot >>> 3] ?? 0) | (1 << (slot & 7));
  }

  /** After a reload: the table that has taken the place of the one so far. */
  follow(table: LeaseTable): void {
    const { table: before, seen, seenOutside } = this;
    const outside = [...seenOutside];
    this.table = table;
    this.seen = new Uint8Array((table.size + 7) >>> 3);
    this.next = 0;
    this.hasSweptOutside = false;
    seenOutside.clear();
    for (let at = 0; at < seen.length; at++) {
      for (let bits = seen[at] ?? 0; bits !== 0; bits &= bits - 1) {
        this.mark(before.addressOf((at << 3) + 31 - Math.clz32(bits & -bits)));
      }
    }
    for (const address of outside) this.mark(address);
  }

  /**
   * After the last record: takes out the leases that are gone, looking at `limit` slots; false while there are more to
   * look at.
   */
  sweep(limit: number): boolean {
    const { table, revision } = this;
    const { queues, revisions } = table.content;
    let slot = queues.nextTaken(this.next);
    for (let looked = 0; slot !== NO_SLOT && looked < limit; looked++) {
      const isSeen = ((this.seen[slot >>> 3] ?? 0) & (1 << (slot & 7))) !== 0;
      if (!isSeen && revisions?.hasRecord(slot) === true) table.learn(table.addressOf(slot), undefined, revision);
      this.next = slot + 1;
      slot = queues.nextTaken(this.next);
    }
    if (slot !== NO_SLOT) return false;
    if (!this.hasSweptOutside) this.sweepOutside();
    return true;
  }

  private sweepOutside(): void {
    this.hasSweptOutside = true;
    for (const { address } of [...this.table.outside()]) {
      if (!this.seenOutside.has(address)) this.table.learn(address, undefined, this.revision);
    }
  }
}
