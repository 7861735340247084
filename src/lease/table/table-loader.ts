// Puts the leases of a file into a table that knows none, in the order of the file: the last record of an address
// counts. The indexes and the queues of ends are made when all have come, once for all: a million records
// that replace each other one by one would take several times as long.

import { assert } from "../../base/assert.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { LoadedLease } from "../file/own-record-reader.ts";
import { BindingState, type LeaseRecord } from "../lease.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";
import type { ClientDetails } from "./details-block.ts";
import { RecordDetails } from "./record-details.ts";
import type { LeaseTable } from "./table.ts";
import type { TableContent } from "./table-content.ts";

/** Until `finish` the table may be asked only for the content of single slots. */
export class TableLoader {
  private readonly table: LeaseTable;
  private readonly content: TableContent;
  private readonly recordDetails = new RecordDetails();

  constructor(table: LeaseTable) {
    assert(table.nextStored(NO_SLOT) === NO_SLOT, "leases are loaded into a table that knows none");
    this.table = table;
    this.content = table.content;
  }

  /** Takes a record, as LeaseTable.load does. `revision`: of a shared store. */
  load(record: LeaseRecord, revision = 0): boolean {
    const { content, recordDetails } = this;
    const slot = content.map.slotOf(record.address);
    if (slot === NO_SLOT) {
      content.outsideLeases.put(record);
      content.outsideLeases.setRevision(record.address, revision);
      return false;
    }
    const { state, startsAt, endsAt, lastTransactionAt } = record;
    this.touch(slot);
    const isKnown = state !== BindingState.free && state !== BindingState.offered;
    if (isKnown && state !== BindingState.abandoned && recordDetails.take(record)) this.remember(slot, recordDetails);
    else content.clients.forget(slot);
    if (isKnown) content.set(slot, state, startsAt, endsAt, lastTransactionAt);
    else this.free(slot);
    content.revisions?.set(slot, revision, true);
    return true;
  }

  /** Like `load`, for a bound, expired or released lease with a client; false, with nothing done, if the address is in no pool. */
  loadOwn(lease: LoadedLease, revision = 0): boolean {
    const { content } = this;
    const slot = content.map.slotOf(lease.address);
    if (slot === NO_SLOT) return false;
    this.touch(slot);
    this.remember(slot, lease);
    content.set(slot, lease.state, lease.startsAt, lease.endsAt, lease.lastTransactionAt);
    content.revisions?.set(slot, revision, true);
    return true;
  }

  /** The last record taken for an address; undefined if it is in no pool. */
  known(address: Ipv4): LeaseRecord | undefined {
    const slot = this.table.slotOf(address);
    return slot === NO_SLOT ? undefined : this.table.record(slot);
  }

  /** All have come: the table, ready for use. */
  finish(): LeaseTable {
    const { clients, held, queues } = this.content;
    let count = 0;
    for (let slot = queues.nextTaken(0); slot !== NO_SLOT; slot = queues.nextTaken(slot + 1)) count++;
    clients.reserve(count);
    for (let slot = queues.nextTaken(0); slot !== NO_SLOT; slot = queues.nextTaken(slot + 1)) {
      clients.indexLoaded(slot);
      queues.enter(slot);
      clients.keepBestOnly(slot);
      held?.follow(slot);
    }
    return this.table;
  }

  /** A slot that was free is not any more. */
  private touch(slot: Slot): void {
    if (this.content.rows.state(slot) === BindingState.free) this.content.queues.leave(slot);
  }

  private free(slot: Slot): void {
    this.content.set(slot, BindingState.free, 0, 0, 0);
    this.content.queues.enter(slot);
  }

  private remember(slot: Slot, details: ClientDetails): void {
    let client = details;
    if (this.content.ignoresClientIds(slot) && details.hlen > 0) {
      this.recordDetails.takeWithoutId(details);
      client = this.recordDetails;
    }
    this.content.clients.remember(slot, client);
  }
}
