// The columns of the lease table that say what a lease is; who its client is stands in SlotClients.

import type { EpochSeconds } from "../base/time.ts";
import type { Slot } from "./address-map.ts";
import { BindingState } from "./lease.ts";
import { fromStored, toStored } from "./stored-time.ts";

/** State and times by slot; times are whole seconds. */
export class LeaseColumns {
  readonly states: Uint8Array;
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  private readonly transactions: Uint32Array;

  constructor(size: number) {
    this.states = new Uint8Array(size);
    this.starts = new Uint32Array(size);
    this.ends = new Uint32Array(size);
    this.transactions = new Uint32Array(size);
  }

  /** Replaces all of a slot's. Ends are rounded up: nothing is over before it is over. */
  set(
    slot: Slot,
    state: BindingState,
    startsAt: EpochSeconds,
    endsAt: EpochSeconds,
    lastTransactionAt: EpochSeconds,
  ): void {
    this.states[slot] = state;
    this.starts[slot] = toStored(startsAt);
    this.ends[slot] = toStored(Math.ceil(endsAt));
    this.transactions[slot] = toStored(lastTransactionAt);
  }

  state(slot: Slot): BindingState {
    return (this.states[slot] ?? BindingState.free) as BindingState;
  }

  startsAt(slot: Slot): EpochSeconds {
    return fromStored(this.starts[slot] ?? 0);
  }

  endsAt(slot: Slot): EpochSeconds {
    return fromStored(this.ends[slot] ?? 0);
  }

  lastTransactionAt(slot: Slot): EpochSeconds {
    return fromStored(this.transactions[slot] ?? 0);
  }

  /** Whether somebody had the lease, and is remembered. */
  isOver(slot: Slot): boolean {
    return this.states[slot] === BindingState.expired || this.states[slot] === BindingState.released;
  }
}
