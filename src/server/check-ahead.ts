// Conflict detection ahead of time: free addresses of each pool are pinged in the background, a few a
// second, so that a new client's first OFFER names one that was found silent and leaves at once. An
// address that answers is offered to no new client; whoever has it may keep it.
//
// Addresses come from all over a pool, because a client's address depends on who it is; of a pool
// with few free addresses all of them are checked. Nothing is sent while the server is busy, for pools
// whose scope says `ping-check off` or `ping-ahead off`, or without an ICMP socket.

import type { Ipv4 } from "../base/ipv4.ts";
import {
  BUSY_PER_POOL,
  CHECK_AHEAD_REST_MS,
  CHECK_AHEAD_TICK_MS,
  CHECK_ON_LINK_MS,
  CHECKED_PER_POOL,
  CHECKED_SECONDS,
  CHECKS_PER_TICK,
  IDLE_CHECKED_MAX,
} from "../base/limits.ts";
import type { Clock } from "../base/time.ts";
import type { Scope } from "../config/model.ts";
import type { EngineState } from "../engine/state.ts";
import { BindingState } from "../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../lease/table.ts";

/** What it needs of the rest of the server. */
export interface CheckAheadPorts {
  readonly state: EngineState;
  readonly clock: Clock;
  /** Whether there is time for it now. */
  isIdle(): boolean;
  /** Whether an address on a link of ours may be pinged now; counts it if so. */
  takeOnLink(): boolean;
  sendEcho(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): boolean;
  /** Addresses on our links that somebody has answered for by ARP. */
  reachable(): Uint32Array;
  /** A free address was silent and counts as checked. */
  onSilent(): void;
  /** Somebody answered for a free address, for the first time. */
  onInUse(address: Ipv4): void;
}

interface Check {
  readonly slot: LeaseSlot;
  readonly pool: number;
  readonly sequence: number;
  readonly endsAtMs: number;
}

/** Tells our echoes from those of the check before an offer, whose identifiers are slots. */
const IDENTIFIER = 0xffff;
/** The golden ratio's fraction: multiples of it fall evenly into 0..1. */
const SPREAD = 0.618033988749895;
/** A check is made anew when so little of its time is left. */
const RENEW_SECONDS = 30;

/** Keeps every pool supplied with checked addresses. */
export class CheckAhead {
  private readonly ports: CheckAheadPorts;
  private readonly checks = new Map<Ipv4, Check>();
  private timer: NodeJS.Timeout | undefined;
  /** There was something to do at the last look: the next one comes soon. An idle machine is to be woken rarely. */
  private isActive = true;
  private isStopped = false;
  private sequence = 0;
  /** Pool to look at next, and how often each was drawn from. */
  private nextPool = 0;
  private draws = 0;

  constructor(ports: CheckAheadPorts) {
    this.ports = ports;
    this.plan();
  }

  /** Forgets everything: the table is another one, or the end has come. */
  clear(): void {
    this.checks.clear();
    this.ports.state.checked.clear();
    this.nextPool = 0;
    this.isActive = true;
    this.plan();
  }

  /** Ends it for good. */
  stop(): void {
    this.isStopped = true;
    this.clear();
  }

  /** An echo reply has come. */
  onEcho(source: Ipv4, identifier: number, sequence: number): void {
    const check = this.checks.get(source);
    if (check === undefined || identifier !== IDENTIFIER || check.sequence !== sequence) return;
    this.checks.delete(source);
    this.noteInUse(check, source);
  }

  private noteInUse({ slot, pool }: Check, address: Ipv4): void {
    if (!this.isFree(slot)) return;
    const { state, clock } = this.ports;
    if (state.checked.addBusy(pool, slot, clock.wall() + CHECKED_SECONDS)) this.ports.onInUse(address);
  }

  private plan(): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = setTimeout(() => this.tick(), this.isActive ? CHECK_AHEAD_TICK_MS : CHECK_AHEAD_REST_MS).unref();
  }

  private tick(): void {
    const isIdle = this.ports.isIdle();
    const nowMs = this.ports.clock.monotonic();
    this.isActive = this.checks.size > 0 || !isIdle;
    this.endChecks(nowMs);
    if (isIdle) this.checkSome(nowMs);
    this.plan();
  }

  private endChecks(nowMs: number): void {
    const { state, clock } = this.ports;
    let reachable: Uint32Array | undefined;
    for (const [address, check] of this.checks) {
      if (check.endsAtMs > nowMs) continue;
      this.checks.delete(address);
      if (!this.isFree(check.slot)) continue;
      // A host that answers no ping answers ARP all the same.
      reachable ??= this.ports.reachable();
      if (reachable.includes(address)) {
        this.noteInUse(check, address);
        continue;
      }
      state.checked.add(check.pool, check.slot, clock.wall() + CHECKED_SECONDS);
      this.ports.onSilent();
    }
  }

  private checkSome(nowMs: number): void {
    const pools = this.ports.state.table.pools.length;
    let left = CHECKS_PER_TICK;
    for (let looked = 0; looked < pools && left > 0; looked++) {
      const pool = this.nextPool % pools;
      // A pool that wants more is looked at again before the others get their next.
      const isSent = this.checkOneOf(pool, nowMs);
      if (isSent) left--;
      this.nextPool = (pool + 1) % pools;
    }
  }

  /** Starts checking one address of a pool, if it lacks one. */
  private checkOneOf(pool: number, nowMs: number): boolean {
    const { state } = this.ports;
    const scope = this.scopeOf(pool);
    if (scope === undefined || !scope.pingCheck || !scope.pingAhead) return false;
    const slot = this.candidateOf(pool);
    if (slot === NO_LEASE) return false;
    this.isActive = true;
    const subnet = state.config.subnets[state.table.pools[pool]?.subnet ?? -1];
    const own = subnet === undefined ? 0 : state.links.anyAddressIn(subnet);
    if (own !== 0 && !this.ports.takeOnLink()) return false;
    const address = state.table.addressOf(slot);
    this.sequence = (this.sequence + 1) & 0xffff;
    if (!this.ports.sendEcho(address, own, 0, IDENTIFIER, this.sequence)) return false;
    // On a link of ours until the kernel has given up asking for the address by ARP: the echo that it holds
    // back would go to the client that is offered it.
    const endsAtMs = nowMs + Math.max(scope.pingTimeoutSeconds * 1000, own !== 0 ? CHECK_ON_LINK_MS : 0);
    this.checks.set(address, { slot, pool, sequence: this.sequence, endsAtMs });
    return true;
  }

  /** A free address of the pool to check next; NO_LEASE if it has enough. */
  private candidateOf(pool: number): LeaseSlot {
    const { state, clock } = this.ports;
    const { table, checked } = state;
    const fresh = clock.wall() + RENEW_SECONDS;
    const free = table.countInPool(pool, BindingState.free);
    const supply = checked.countSilent(pool, fresh) + this.countUnderWay(pool);
    const unknown = (free === 0 ? IDLE_CHECKED_MAX : free) - supply - checked.countBusy(pool, fresh);
    if (supply >= CHECKED_PER_POOL || unknown <= 0) return NO_LEASE;
    const isWanted = (slot: LeaseSlot): boolean =>
      slot !== NO_LEASE &&
      checked.until(pool, slot) <= fresh &&
      !checked.isBusy(pool, slot, fresh) &&
      !this.checks.has(table.addressOf(slot)) &&
      !state.links.isOwn(table.addressOf(slot));
    if (free === 0) {
      let slot = table.nextIdle(pool, NO_LEASE);
      for (let i = 0; i < IDLE_CHECKED_MAX && slot !== NO_LEASE; i++, slot = table.nextIdle(pool, slot)) {
        if (isWanted(slot)) return slot;
      }
      return NO_LEASE;
    }
    this.draws += 1;
    const first = table.firstSlotOf(pool);
    let slot = first + Math.floor(((this.draws * SPREAD) % 1) * table.poolSize(pool));
    // The next free ones may all be checked already.
    for (let i = 0; i <= CHECKED_PER_POOL + BUSY_PER_POOL; i++) {
      slot = table.nextFree(pool, slot);
      if (slot === NO_LEASE || isWanted(slot)) return slot;
      slot += 1;
    }
    return NO_LEASE;
  }

  private countUnderWay(pool: number): number {
    let count = 0;
    for (const check of this.checks.values()) if (check.pool === pool) count++;
    return count;
  }

  private scopeOf(pool: number): Scope | undefined {
    const { table, config } = this.ports.state;
    const definition = table.pools[pool];
    return definition?.reserved === true ? undefined : config.pools[definition?.declared ?? -1]?.scope;
  }

  /** Whether nobody has the slot, or has been promised it. */
  private isFree(slot: LeaseSlot): boolean {
    const { table } = this.ports.state;
    const state = table.state(slot);
    const isOver = state === BindingState.expired || state === BindingState.released;
    return (state === BindingState.free || isOver) && !table.isPending(slot);
  }
}
