// Goes through all leases once more, a few in a step: running ones, then those that have ended since a time.

import type { Ipv4 } from "../base/ipv4.ts";
import { SCRIPT_LEASES_PER_STEP, SCRIPT_REPEATED_SECONDS } from "../base/limits/script.ts";
import type { EpochSeconds } from "../base/time.ts";
import { BindingState } from "../lease/lease.ts";
import type { ScriptEvent, ScriptLease } from "./calls.ts";

/** The lease for which the script runs next. */
export interface RepeatedLease {
  readonly action: "old" | "del";
  readonly lease: ScriptLease;
}

/** Where all leases come from. */
type Leases = () => Iterable<ScriptLease>;

/** Whether one address has its turn before another. */
export type ComesBefore = (address: Ipv4, other: Ipv4) => boolean;

/** See the head of this file. */
export class LeaseReplay {
  private readonly leases: Leases;
  /** The start of this server: the last sign of life of the one before is earlier; undefined: `since` is known. */
  private readonly startedAt: EpochSeconds | undefined;
  /** Whether the replay makes up for lost events. */
  private readonly isAfterLoss: boolean;
  /** The script runs for ends from then on; Infinity: for none. */
  private since: EpochSeconds;
  private action: RepeatedLease["action"] = "old";
  private rows: Iterator<ScriptLease>;
  /** The lease that was looked at last; undefined: none yet. */
  private reached: Ipv4 | undefined;
  /** The last sign of life of the server before. */
  private lastSign: EpochSeconds = 0;

  private constructor(leases: Leases, since: EpochSeconds, startedAt?: EpochSeconds) {
    this.leases = leases;
    this.since = since;
    this.startedAt = startedAt;
    this.isAfterLoss = since !== Number.POSITIVE_INFINITY;
    this.rows = leases()[Symbol.iterator]();
  }

  /** The replay of a server that starts: it includes ends for which the server before may not have run the script. */
  static afterStart(leases: Leases, now: EpochSeconds): LeaseReplay {
    return new LeaseReplay(leases, Number.POSITIVE_INFINITY, now);
  }

  /** Of leases that run, and of those that have ended since a time: events are lost from then on. */
  static since(leases: Leases, since: EpochSeconds): LeaseReplay {
    return new LeaseReplay(leases, since);
  }

  /** Of leases that run. */
  static ofRunning(leases: Leases): LeaseReplay {
    return new LeaseReplay(leases, Number.POSITIVE_INFINITY);
  }

  /** Whether it has yet to come to an event's lease and tells it then, so that the event need not wait. */
  willTell({ kind, lease, former }: ScriptEvent, comesBefore: ComesBefore): boolean {
    if (this.action === "del" || this.reached === undefined || former !== undefined) return false;
    if (kind !== "renewed" && !(kind === "added" && this.isAfterLoss)) return false;
    return comesBefore(this.reached, lease.record.address);
  }

  /** The next lease; "more": there may be some, ask again in another step; undefined: that were all. */
  next(): RepeatedLease | "more" | undefined {
    for (let i = 0; i < SCRIPT_LEASES_PER_STEP; i++) {
      const { done, value } = this.rows.next();
      if (done === true) {
        if (!this.turnToEnds()) return undefined;
        continue;
      }
      this.reached = value.record.address;
      if (this.isTold(value)) return { action: this.action, lease: value };
    }
    return "more";
  }

  private isTold({ record }: ScriptLease): boolean {
    const { state, endsAt, lastTransactionAt, hardwareAddress, clientId } = record;
    if (this.action === "del") {
      const hasEnded = state === BindingState.expired || state === BindingState.released;
      // An address that was abandoned and forgiven has no client: its lease's end was told when it was declined.
      return hasEnded && endsAt >= this.since && hardwareAddress.length + clientId.length > 0;
    }
    if (this.startedAt !== undefined && lastTransactionAt < this.startedAt)
      this.lastSign = Math.max(this.lastSign, lastTransactionAt);
    return state === BindingState.bound;
  }

  /** After the running leases; false: there is no end to run the script for. */
  private turnToEnds(): boolean {
    if (this.action === "del") return false;
    if (this.startedAt !== undefined) this.since = Math.min(this.since, this.lastSign - SCRIPT_REPEATED_SECONDS);
    if (this.since === Number.POSITIVE_INFINITY) return false;
    this.action = "del";
    this.rows = this.leases()[Symbol.iterator]();
    return true;
  }
}
