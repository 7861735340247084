// How a store's records come into the table: a record that is loaded or learnt replaces the table's record of its
// address.

import { assert } from "../../base/assert.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import type { LoadedLease } from "../file/own-record-reader.ts";
import { BindingState, type LeaseRecord } from "../lease.ts";
import { NO_SLOT, type Slot } from "./address-map.ts";
import type { ClientDetails } from "./details-block.ts";
import { LeaseView } from "./lease-view.ts";
import { RecordDetails } from "./record-details.ts";

/** A record's values beside its address and its client. */
type LeaseTimes = Pick<LeaseRecord, "state" | "startsAt" | "endsAt" | "lastTransactionAt">;

const NOTHING_THERE: LeaseTimes = { state: BindingState.free, startsAt: 0, endsAt: 0, lastTransactionAt: 0 };

/** The part of a LeaseTable that takes records. */
export class StoredLeases extends LeaseView {
  protected readonly recordDetails = new RecordDetails();

  /**
   * Takes a record read from a store; replaces the table's record of that address, including the one that a pending
   * change would be reverted to. False if the address is in no pool: then it is kept aside (see `outside`) and written
   * by compaction, until it is over. An offer counts as free.
   */
  load(record: LeaseRecord): boolean {
    const { content } = this;
    const slot = this.slotOf(record.address);
    if (slot === NO_SLOT) {
      content.outsideLeases.put(record);
      return false;
    }
    this.replaceBy(slot, record);
    content.overrule(slot);
    return true;
  }

  /**
   * Takes a shared store's content of an address at `revision`: a record, or undefined for none. Nothing happens if as
   * new a revision is known. Else that is what the slot is: an offer of it is lost; of a pending slot, only what the
   * change would be reverted to is replaced (see `confirm`). False if nothing has happened. Only where the table keeps
   * revisions.
   */
  learn(address: Ipv4, record: LeaseRecord | undefined, revision: number): boolean {
    const slot = this.slotOf(address);
    if (slot === NO_SLOT) return this.content.outsideLeases.learn(address, record, revision);
    if (record === undefined) return this.learnSlot(slot, NOTHING_THERE, undefined, revision, false);
    return this.learnSlot(slot, record, this.clientOf(slot, record), revision, true);
  }

  /** `learn` for a lease with or without a client, in the form that costs no allocation; false, with nothing done, if the address is in no pool. */
  learnOwn(lease: LoadedLease, revision: number): boolean {
    const slot = this.slotOf(lease.address);
    if (slot === NO_SLOT) return false;
    return this.learnSlot(slot, lease, this.ownClientOf(slot, lease), revision, true);
  }

  /** The client of a lease as the slot's pool knows clients; undefined if it has none. */
  private ownClientOf(slot: Slot, lease: LoadedLease): ClientDetails | undefined {
    if (lease.state === BindingState.abandoned) return undefined;
    const { hlen, clientIdLength, hostNameLength, agentInformationLength, vendorClassLength } = lease;
    if (hlen + clientIdLength + hostNameLength + agentInformationLength + vendorClassLength === 0) return undefined;
    if (hlen === 0 || !this.content.ignoresClientIds(slot)) return lease;
    this.recordDetails.takeWithoutId(lease);
    return this.recordDetails;
  }

  private learnSlot(
    slot: Slot,
    { state, startsAt, endsAt, lastTransactionAt }: LeaseTimes,
    client: ClientDetails | undefined,
    revision: number,
    isRecord: boolean,
  ): boolean {
    const { content } = this;
    const { revisions } = content;
    assert(revisions !== undefined, "only the table of a shared store learns");
    if (!revisions.isNews(slot, revision)) return false;
    revisions.set(slot, revision, isRecord);
    content.rows.setConfirmedHere(slot, false);
    const isThere = isKept(state);
    if (this.isPending(slot)) {
      if (isThere) content.replaceUndo(slot, client, state, startsAt, endsAt, lastTransactionAt);
      else content.replaceUndo(slot, undefined, BindingState.free, 0, 0, 0);
    } else if (isThere) content.replace(slot, client ?? "nobody", state, startsAt, endsAt, lastTransactionAt);
    else content.replace(slot, "nobody", BindingState.free, 0, 0, 0);
    return true;
  }

  /**
   * Whether `learn` would take a shared store's content of an address at `revision`: other content need not be decoded.
   */
  isNews(address: Ipv4, revision: number): boolean {
    const slot = this.slotOf(address);
    if (slot === NO_SLOT) return revision > this.content.outsideLeases.revisionOf(address);
    return this.content.revisions?.isNews(slot, revision) === true;
  }

  /**
   * The shared store is another one than before, or an older state of itself: its revisions mean something else. What the
   * table knows of leases stays until something is learnt of them; a change that is under way counts only if the store
   * has no record of the lease.
   */
  forgetRevisions(): void {
    this.content.revisions?.forget();
    this.content.outsideLeases.forgetRevisions();
  }

  /**
   * Whether a pending slot's change has come true without us: what has been learnt since it began is a lease of the same
   * client that lasts as long at least. After a conflict this tells that an earlier try of ours, or another server that
   * the same message reached, has written it.
   */
  isGranted(slot: Slot): boolean {
    return this.content.revisions?.hasChanged(slot) === true && this.content.isGranted(slot);
  }

  private replaceBy(slot: Slot, record: LeaseRecord): void {
    const { content } = this;
    if (!isKept(record.state)) return content.replace(slot, "nobody", BindingState.free, 0, 0, 0);
    const { state, startsAt, endsAt, lastTransactionAt } = record;
    content.replace(slot, this.clientOf(slot, record) ?? "nobody", state, startsAt, endsAt, lastTransactionAt);
  }

  /** The client of a record as the slot's pool knows clients; undefined if it has none. */
  private clientOf(slot: Slot, record: LeaseRecord): RecordDetails | undefined {
    const { recordDetails } = this;
    const isClient = record.state !== BindingState.abandoned && recordDetails.take(record);
    if (this.content.ignoresClientIds(slot)) recordDetails.leaveIdOut();
    return isClient ? recordDetails : undefined;
  }

  /** Takes over the revisions of a table that this one knows everything of. */
  protected adoptRevisions(source: StoredLeases): void {
    const { revisions } = this.content;
    const from = source.content.revisions;
    if (revisions === undefined || from === undefined) return;
    for (let slot = from.next(0); slot >= 0; slot = from.next(slot + 1)) {
      const address = source.addressOf(slot);
      const other = this.slotOf(address);
      if (other !== NO_SLOT) revisions.copy(other, from, slot);
      else this.content.outsideLeases.setRevision(address, source.revisionOf(slot));
    }
    for (const { address } of source.outside()) {
      const other = this.slotOf(address);
      const revision = source.content.outsideLeases.revisionOf(address);
      if (other !== NO_SLOT) revisions.set(other, revision, true);
      else this.content.outsideLeases.setRevision(address, revision);
    }
  }
}

/** Whether a record says anything that is kept. */
function isKept(state: BindingState): boolean {
  return state !== BindingState.free && state !== BindingState.offered;
}
