// What the change under way of a slot does, by what an undo would bring back: for the followers of leases.

import { BindingState, type LeaseRecord, OfferCheck } from "../lease.ts";
import type { Slot } from "./address-map.ts";
import { type LeaseView, NOBODY } from "./lease-view.ts";

/** The slot's former state. */
export function stateBefore({ content: { undo } }: LeaseView, slot: Slot): BindingState {
  return undo.states[undo.row(slot)] as BindingState;
}

/** Whether the slot was offered, and its conflict check under way. */
export function wasBeingChecked(table: LeaseView, slot: Slot): boolean {
  const isUnderWay = table.content.rows.offerCheck(slot) === OfferCheck.underWay;
  return isUnderWay && stateBefore(table, slot) === BindingState.offered;
}

/** Whether it prolongs a lease that ran already. */
export function isProlonged(table: LeaseView, slot: Slot): boolean {
  const { undo } = table.content;
  const isSameStart = undo.startsAt[undo.row(slot)] === table.startsAt(slot);
  return isSameStart && stateBefore(table, slot) === BindingState.bound;
}

/** Whether another client has it than before, or more or less is known of the same one. */
export function hasOtherDetails(table: LeaseView, slot: Slot): boolean {
  return table.content.undo.detailsBefore(slot) !== table.detailsOf(slot);
}

/** The lease as undoing the change would bring it back. */
export function recordBefore(table: LeaseView, slot: Slot): LeaseRecord {
  const { undo } = table.content;
  const row = undo.row(slot);
  const handle = undo.detailsBefore(slot);
  return {
    address: table.addressOf(slot),
    state: stateBefore(table, slot),
    startsAt: undo.startsAt[row] ?? 0,
    endsAt: undo.endsAt[row] ?? 0,
    lastTransactionAt: undo.lastTransactionAt[row] ?? 0,
    ...(handle === 0 ? NOBODY : table.details.read(handle)),
  };
}

/** The lease as it is now, with the client that it had before, if it had one. */
export function recordWithFormerClient(table: LeaseView, slot: Slot): LeaseRecord {
  const { content, details } = table;
  const handle = content.undo.detailsBefore(slot);
  return { ...table.record(slot), ...(handle !== 0 && details.read(handle)) };
}

/** Whether it gives the address to another client than its last one, as far as the table remembers that client. */
export function isGivenToAnother(table: LeaseView, slot: Slot): boolean {
  const { undo } = table.content;
  // An offer remembers only its own client, and when that client had the address.
  if (stateBefore(table, slot) === BindingState.offered) return undo.lastTransactionAt[undo.row(slot)] === 0;
  const [before, now] = [undo.detailsBefore(slot), table.detailsOf(slot)];
  return before === 0 || now === 0 || !table.details.isSameKey(before, now);
}

/** The hardware address of the client that it takes the lease from, or that goes on with it; empty if there is none. */
export function hardwareBefore(table: LeaseView, slot: Slot): Uint8Array {
  const handle = table.content.undo.detailsBefore(slot);
  return handle === 0 ? NOBODY.hardwareAddress : table.details.read(handle).hardwareAddress;
}
