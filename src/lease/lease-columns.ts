// The columns of the lease table that say what a lease is; who its client is stands in SlotClients.

import type { EpochSeconds } from "../base/time.ts";
import type { Slot } from "./address-map.ts";
import { BindingState } from "./lease.ts";

/** State and times by slot. */
export class LeaseColumns {
  readonly states: Uint8Array;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly transactions: Float64Array;

  constructor(size: number) {
    this.states = new Uint8Array(size);
    this.starts = new Float64Array(size);
    this.ends = new Float64Array(size);
    this.transactions = new Float64Array(size);
  }

  state(slot: Slot): BindingState {
    return (this.states[slot] ?? BindingState.free) as BindingState;
  }

  startsAt(slot: Slot): EpochSeconds {
    return this.starts[slot] ?? 0;
  }

  endsAt(slot: Slot): EpochSeconds {
    return this.ends[slot] ?? 0;
  }

  lastTransactionAt(slot: Slot): EpochSeconds {
    return this.transactions[slot] ?? 0;
  }

  /** Whether somebody had the lease, and is remembered. */
  isOver(slot: Slot): boolean {
    return this.states[slot] === BindingState.expired || this.states[slot] === BindingState.released;
  }
}
