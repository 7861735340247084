// An operator's changes of single leases: they go the way of all changes, and are answered when they are stored. And
// what a reload would do to all leases.

import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { Clock } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table/table.ts";
import type { Logger } from "../log.ts";
import { CommitOutcome } from "../store/store.ts";
import { inUseUntil } from "./lease-figures.ts";
import type { Pipeline } from "./pipeline.ts";
import { type ReloadEffects, reloadEffects } from "./reload-effects.ts";

/** What came of one, in a sentence. */
export interface OperationResult {
  readonly ok: boolean;
  readonly message: string;
}

/** What it needs. */
export interface OperationParts {
  readonly serving: Serving;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pipeline: Pick<Pipeline, "commits" | "endTurn">;
}

const FAILURES: ReadonlyMap<number, string> = new Map([
  [CommitOutcome.failed, "could not be stored, and nothing is changed"],
  [
    CommitOutcome.conflict,
    "is not changed: another server has changed the lease at the same time: look at it and ask again",
  ],
  [CommitOutcome.unknown, "may or may not be changed: the store has not answered in time: look at it and ask again"],
]);

/** See the head of this file. */
export class LeaseOperations {
  private readonly parts: OperationParts;

  constructor(parts: OperationParts) {
    this.parts = parts;
  }

  /** Ends the lease of an address now, as a DHCPRELEASE of its client does. */
  release(address: Ipv4): Promise<OperationResult> {
    const { table } = this.parts.serving;
    return this.change(address, BindingState.bound, "is not leased", (slot, now) => {
      table.release(slot, now);
      return "is released: its client is not told and keeps it until it asks again";
    });
  }

  /** Ends the rest of an abandoned address now, or that an address in use is kept from new clients: it may be given to a client again. */
  forgive(address: Ipv4): Promise<OperationResult> {
    const { serving, clock, log } = this.parts;
    const { table, checked } = serving;
    const slot = table.slotOf(address);
    if (inUseUntil(serving, slot, clock.monotonic() / 1000) > 0) {
      checked.forgive(table.poolOf(slot), slot);
      const name = formatIpv4(address);
      const message = `${name} may be given to a new client again, after another check that nobody uses it`;
      log.info({ event: "operator", address: name }, message);
      return Promise.resolve({ ok: true, message });
    }
    return this.change(address, BindingState.abandoned, "is not abandoned, and was not found in use", (slot, now) => {
      table.release(slot, now);
      return "may be given to a client again, after those that no client has had";
    });
  }

  /** What another configuration would do to the leases that there are. */
  effectsOf(config: Config): Promise<ReloadEffects> {
    return reloadEffects(this.parts.serving, config);
  }

  private change(
    address: Ipv4,
    wanted: BindingState,
    otherwise: string,
    apply: (slot: LeaseSlot, now: number) => string,
  ): Promise<OperationResult> {
    const { serving, clock, log, pipeline } = this.parts;
    const { table } = serving;
    const name = formatIpv4(address);
    const refused = (why: string): Promise<OperationResult> =>
      Promise.resolve({ ok: false, message: `${name} ${why}` });
    const slot = table.slotOf(address);
    if (slot === NO_LEASE) return refused("is in no range and no fixed-address of the configuration");
    if (table.isPending(slot)) return refused("has a change under way: ask again in a moment");
    if (table.state(slot) !== wanted) return refused(otherwise);
    const { commits } = pipeline;
    if (!commits.acceptsChanges || commits.room() === undefined)
      return refused("is not changed: the store takes no changes now: anydhcpctl status says why");
    table.begin(slot);
    const done = apply(slot, Math.floor(clock.wall()));
    return new Promise((resolve) => {
      commits.recordChange(slot, (outcome) => {
        const message = `${name} ${FAILURES.get(outcome) ?? done}`;
        const ok = outcome === CommitOutcome.ok;
        log[ok ? "info" : "warn"]({ event: "operator", address: name }, message);
        resolve({ ok, message });
      });
      pipeline.endTurn();
    });
  }
}
