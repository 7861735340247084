// Addresses that hosts use without a lease: the check of an address before its offer, the checks ahead of time, and
// what happens to an address at which a host answers.

import type { Backend } from "../../backend/backend.ts";
import { formatHex } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { PROBE_RETRIES } from "../../base/limits/checks.ts";
import { ABANDON_SECONDS } from "../../base/limits/engine.ts";
import type { Clock } from "../../base/time.ts";
import { Change } from "../../engine/decision.ts";
import type { Exchange } from "../../engine/exchange.ts";
import type { Serving } from "../../engine/serving.ts";
import { BindingState } from "../../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../../lease/table/table.ts";
import type { Logger } from "../../log.ts";
import type { CommitQueue } from "../commit-queue.ts";
import type { Counters } from "../counters.ts";
import type { LeaseEvents } from "../lease-events.ts";
import { AbandonReasons } from "./abandon-reasons.ts";
import { CheckAhead } from "./check-ahead.ts";
import { InUseNotices } from "./in-use-notices.ts";
import { type Probe, Prober } from "./prober.ts";

/** What it needs of the rest of the server. */
export interface ConflictPorts {
  readonly backend: Pick<Backend, "sendEcho" | "stopAsking" | "neighbours">;
  readonly serving: Serving;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  readonly commits: Pick<CommitQueue, "acceptsChanges" | "room" | "recordChange">;
  readonly events?: LeaseEvents | undefined;
  /** See PipelineParts. */
  readonly seed: number;
  /** Whether there is time for work that no client waits for. */
  isIdle(): boolean;
  /** The query of a probe is decided again: `probed` was found unused (NO_LEASE: nothing was), `tried` in use. */
  decideAgain(probe: Probe, probed: LeaseSlot, tried: readonly LeaseSlot[]): void;
  /** A turn of the loop ends in which no query was decided again. */
  endTurn(): void;
}

const IN_USE = "in use by a host without a lease, which answered a ping or ARP";

/** See the head of this file. */
export class Conflicts {
  private readonly ports: ConflictPorts;
  private readonly prober: Prober;
  private readonly checkAhead: CheckAhead;
  private readonly notices: InUseNotices;
  /** Why addresses are out of use. */
  readonly reasons = new AbandonReasons();

  constructor(ports: ConflictPorts) {
    this.ports = ports;
    this.notices = new InUseNotices(ports);
    const { backend, clock, serving, counters } = ports;
    this.prober = new Prober(clock, {
      sendEcho: (destination, source, ifindex, identifier, sequence) =>
        backend.sendEcho(destination, source, ifindex, identifier, sequence),
      stopAsking: (rows, count) => backend.stopAsking(rows, count),
      onFree: (probe) => ports.decideAgain(probe, probe.slot, probe.tried),
      onInUse: (probe) => this.takeOutOfUse(probe),
    });
    this.checkAhead = new CheckAhead({
      serving,
      clock,
      seed: ports.seed,
      isIdle: () => ports.isIdle(),
      sendEcho: (destination, source, ifindex, identifier, sequence) =>
        backend.sendEcho(destination, source, ifindex, identifier, sequence),
      neighbours: () => backend.neighbours(),
      stopAsking: (rows, count) => backend.stopAsking(rows, count),
      onSilent: () => counters.count("address-checked"),
      onInUse: (slot) => this.keepFromNewClients(slot),
    });
  }

  /** An echo reply has come. */
  onEcho(source: Ipv4, identifier: number, sequence: number): void {
    this.prober.onEcho(source, identifier, sequence);
    this.checkAhead.onEcho(source, identifier, sequence);
  }

  /**
   * Whether a check of the offered address is under way already: then its client's newest query is the one that will be
   * answered.
   */
  isUnderWay(exchange: Exchange): boolean {
    const { awaitsProbe, slot } = exchange.decision;
    if (!awaitsProbe || !this.prober.has(slot)) return false;
    this.prober.refresh(exchange, slot);
    return true;
  }

  /** The change that was decided upon has been applied. */
  noteApplied({ decision, query }: Exchange): void {
    if (decision.alsoWithdrawn !== NO_LEASE) this.prober.giveUp(decision.alsoWithdrawn);
    if (decision.change === Change.offer) this.checkAhead.wake();
    if (decision.change === Change.abandon)
      this.note(query.requestedAddress, `declined by ${formatHex(query.chaddr.subarray(0, query.hlen), ":")}`);
  }

  /** Starts checking the address of an exchange; false when it cannot be: offer it unchecked. */
  startCheck(exchange: Exchange): boolean {
    return this.prober.startProbe(exchange, this.ports.serving.table.addressOf(exchange.decision.slot));
  }

  /** Links or the table have changed: the checks of their addresses begin now. */
  follow(): void {
    this.checkAhead.follow();
  }

  /** Gives up all checks under way: the clients ask again, and the table may be replaced. */
  pause(): void {
    this.prober.clear();
    this.checkAhead.pause();
  }

  /** Ends the checks ahead for good. */
  stop(): void {
    this.checkAhead.stop();
    this.notices.stop();
  }

  /** An echo came from an address that we were about to offer: it is abandoned, and the next one is tried at once. */
  private takeOutOfUse(probe: Probe): void {
    const { table } = this.ports.serving;
    const isOurs = table.state(probe.slot) === BindingState.offered && !table.isPending(probe.slot);
    this.sayInUse(probe.address);
    if (isOurs) this.abandon(probe.slot);
    const tried = [...probe.tried, probe.slot];
    if (tried.length <= PROBE_RETRIES) this.ports.decideAgain(probe, NO_LEASE, tried);
    else this.ports.endTurn();
  }

  /** Somebody has answered for a free address ahead of time. */
  private keepFromNewClients(slot: LeaseSlot): void {
    const { serving, events } = this.ports;
    const address = serving.table.addressOf(slot);
    this.note(address, IN_USE);
    this.sayInUse(address);
    events?.noteInUse(slot);
  }

  private note(address: Ipv4, reason: string): void {
    this.reasons.note(address, reason, Math.floor(this.ports.clock.wall()));
  }

  private sayInUse(address: Ipv4): void {
    this.ports.counters.count("address-in-use");
    this.notices.note(address);
  }

  /** Takes an address without a client out of use for a while, if changes can be stored now. */
  private abandon(slot: LeaseSlot): void {
    const { commits, clock, serving } = this.ports;
    if (!commits.acceptsChanges || commits.room() === undefined) return;
    const now = Math.floor(clock.wall());
    serving.table.begin(slot);
    serving.table.abandon(slot, now, now + ABANDON_SECONDS);
    commits.recordChange(slot);
    this.note(serving.table.addressOf(slot), IN_USE);
  }
}
