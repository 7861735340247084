// Conflict detection ahead of time: free addresses of each pool are pinged in the background, so that a new client's
// first OFFER names one that was found silent and leaves at once. An address that answers is offered to no new client;
// a client that has it may keep it.
//
// After a start, and when a link or a pool is new, every pool gets its first addresses within a second or so: the pools
// take turns, and as many checks are under way at once as the neighbour table bears. From then on the server asks for
// an address when one was used up, or when the newest checks are five minutes old: a quiet network hears about one
// request in ten seconds for each pool.
//
// Addresses come from all over a pool, because a client's address depends on its identity; of a pool
// with few free addresses all of them are checked. Nothing is sent while the server is busy, for pools
// whose scope says `ping-check off` or `ping-ahead off`, on a link without a carrier, or without an ICMP socket.

import type { Ipv4 } from "../../base/ipv4.ts";
import {
  BUSY_PER_POOL,
  BUSY_SECONDS,
  CHECK_AHEAD_REST_MS,
  CHECK_AHEAD_TICK_MS,
  CHECK_PAUSE_MS,
  CHECKED_FRESH_IN_ALL,
  CHECKED_FRESH_PER_POOL,
  CHECKED_FRESH_SECONDS,
  CHECKED_IN_ALL,
  CHECKED_PER_POOL,
  CHECKED_PER_POOL_MIN,
  CHECKED_SECONDS,
  CHECKS_PER_TICK,
  CHECKS_PER_TICK_MAX,
} from "../../base/limits/checks.ts";
import type { Clock } from "../../base/time.ts";
import type { Serving } from "../../engine/serving.ts";
import { BindingState } from "../../lease/lease.ts";
import { type LeaseSlot, NO_LEASE } from "../../lease/table/table.ts";
import type { NeighbourRows, NeighbourTable } from "../../native/rows.ts";
import { type CheckedPool, CheckedPools } from "./checked-pools.ts";
import { type Check, ChecksUnderWay } from "./checks-under-way.ts";

/** What it needs of the rest of the server. */
export interface CheckAheadPorts {
  readonly serving: Serving;
  readonly clock: Clock;
  /** Where it begins in each pool: any whole number below 2^24. */
  readonly seed: number;
  /** Whether there is time for it now. */
  isIdle(): boolean;
  sendEcho(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): boolean;
  /** See Backend. */
  neighbours(): NeighbourTable;
  stopAsking(rows: NeighbourRows, count: number): boolean;
  /** A free address was silent and counts as checked. */
  onSilent(): void;
  /** Somebody answered for a free address, for the first time. */
  onInUse(slot: LeaseSlot): void;
}

/** The golden ratio's fraction: multiples of it fall evenly into 0..1. */
const SPREAD = 0.618033988749895;
/** A check is made anew when so little of its time is left. */
const RENEW_SECONDS = 30;
/** Pools that one turn of the event loop looks at. */
const POOLS_PER_TICK = 1000;

/** Keeps every pool supplied with checked addresses. */
export class CheckAhead {
  private readonly ports: CheckAheadPorts;
  private readonly pools = new CheckedPools();
  private readonly checks: ChecksUnderWay;
  private timer: NodeJS.Timeout | undefined;
  /** Run behind what has come meanwhile: where this process was late itself, answers are read before they count as missing. */
  private readonly onTick = (): void => this.tick();
  /** Whether the next look is near; far ones spare an idle machine. */
  private isSoon = false;
  private isStopped = false;
  /** Pool to look at next, and how many addresses were drawn, from the seed on. */
  private nextPool = 0;
  private draws: number;
  private lookedAtMs = 0;

  constructor(ports: CheckAheadPorts) {
    this.ports = ports;
    this.draws = ports.seed;
    this.checks = new ChecksUnderWay({
      ...ports,
      onSilent: (check) => this.noteSilent(check),
      onAnswer: (check) => this.noteInUse(check),
    });
    this.plan(CHECK_AHEAD_REST_MS);
  }

  /**
   * Another table or other links: begins at once with the addresses that were not checked on them. Checks of unchanged
   * links go on counting.
   */
  follow(): void {
    for (const pool of this.pools.follow(this.ports.serving)) {
      this.ports.serving.checked.clearPool(pool);
      this.checks.dropPool(pool);
    }
    this.nextPool = 0;
    this.plan(0);
  }

  /** Gives up the checks under way, whose slots will mean something else; finished checks stay. */
  pause(): void {
    this.checks.clear();
    this.pools.clear();
  }

  /** Ends it for good. */
  stop(): void {
    this.isStopped = true;
    this.pause();
    clearTimeout(this.timer);
  }

  /** A checked address may have been used up. */
  wake(): void {
    if (!this.isSoon) this.plan(CHECK_AHEAD_TICK_MS);
  }

  /** An echo reply has come. */
  onEcho(source: Ipv4, identifier: number, sequence: number): void {
    this.checks.onEcho(source, identifier, sequence);
  }

  private noteSilent({ pool, slot }: Check): void {
    const { serving, clock } = this.ports;
    if (!serving.table.isNobodys(slot)) return;
    serving.checked.add(pool, slot, clock.monotonic() / 1000 + CHECKED_SECONDS);
    this.ports.onSilent();
  }

  private noteInUse({ pool, slot }: Check): void {
    const { serving, clock } = this.ports;
    if (!serving.table.isNobodys(slot)) return;
    if (serving.checked.addBusy(pool, slot, clock.monotonic() / 1000 + BUSY_SECONDS)) this.ports.onInUse(slot);
  }

  private plan(delayMs: number): void {
    clearTimeout(this.timer);
    this.isSoon = delayMs <= CHECK_AHEAD_TICK_MS;
    if (!this.isStopped) this.timer = setTimeout(() => setImmediate(this.onTick), delayMs).unref();
  }

  private tick(): void {
    if (this.isStopped) return;
    const nowMs = this.ports.clock.monotonic();
    this.checks.endOverdue(nowMs);
    const isLacking = this.ports.isIdle() && this.checkSome(nowMs);
    this.plan(isLacking ? CHECK_AHEAD_TICK_MS : Math.min(CHECK_AHEAD_REST_MS, this.checks.waitMs(nowMs)));
  }

  /** Starts checks; whether there are more to start. */
  private checkSome(nowMs: number): boolean {
    const count = this.pools.list.length;
    let left = this.most(nowMs);
    let isLacking = false;
    // Each pool gets one address before any gets its next.
    for (let looked = 0, fruitless = 0; fruitless < count && looked < POOLS_PER_TICK; looked++) {
      if (left === 0 || this.checks.isFull) return true;
      const pool = this.pools.list[this.nextPool % count];
      this.nextPool = (this.nextPool + 1) % count;
      fruitless += 1;
      if (pool === undefined || pool.pausedUntilMs > nowMs) continue;
      if (!pool.budget.has(nowMs / 1000)) {
        isLacking = true;
        continue;
      }
      const slot = this.candidateOf(pool);
      if (slot === NO_LEASE) continue;
      if (!this.checks.startCheck(pool, slot, this.ports.serving.table.addressOf(slot), nowMs)) {
        pool.pausedUntilMs = nowMs + CHECK_PAUSE_MS;
        continue;
      }
      pool.budget.take(nowMs / 1000);
      left -= 1;
      fruitless = 0;
      isLacking = true;
    }
    return isLacking;
  }

  /** How many checks may be started now, after the time since the last look. */
  private most(nowMs: number): number {
    const missed = Math.floor((nowMs - this.lookedAtMs) * (CHECKS_PER_TICK / CHECK_AHEAD_TICK_MS));
    this.lookedAtMs = nowMs;
    return this.isSoon ? Math.min(CHECKS_PER_TICK_MAX, Math.max(CHECKS_PER_TICK, missed)) : CHECKS_PER_TICK;
  }

  /** An address of the pool to check next; NO_LEASE if it has enough. */
  private candidateOf(pool: CheckedPool): LeaseSlot {
    const { serving, clock } = this.ports;
    const { table, checked } = serving;
    const soon = clock.monotonic() / 1000 + RENEW_SECONDS;
    const there =
      table.countInPool(pool.index, BindingState.free) +
      table.countInPool(pool.index, BindingState.expired) +
      table.countInPool(pool.index, BindingState.released) -
      checked.countBusy(pool.index, soon);
    const underWay = this.checks.countOf(pool.index);
    const silent = checked.countSilent(pool.index, soon) + underWay;
    const wanted = perPool(this.pools.list.length, CHECKED_IN_ALL, CHECKED_PER_POOL_MIN, CHECKED_PER_POOL);
    const isFull = silent >= wanted;
    const fresh = checked.countSilent(pool.index, soon + CHECKED_SECONDS - CHECKED_FRESH_SECONDS) + underWay;
    const wantedFresh = perPool(this.pools.list.length, CHECKED_FRESH_IN_ALL, 1, CHECKED_FRESH_PER_POOL);
    if (isFull && fresh >= wantedFresh) return NO_LEASE;
    const unknown = there > silent ? this.unknownOf(pool, soon, wanted) : NO_LEASE;
    if (unknown !== NO_LEASE || fresh >= Math.min(wantedFresh, there)) return unknown;
    return checked.oldest(pool.index, (slot) => table.isNobodys(slot) && !this.checks.has(table.addressOf(slot)));
  }

  /** A free address that was not checked, else one of the next addresses of former clients. */
  private unknownOf(pool: CheckedPool, soon: number, most: number): LeaseSlot {
    const { table, checked } = this.ports.serving;
    const { index } = pool;
    const isWanted = (slot: LeaseSlot): boolean =>
      checked.until(index, slot) <= soon &&
      !checked.isBusy(index, slot, soon) &&
      !this.checks.has(table.addressOf(slot)) &&
      !table.isWithheld(slot);
    if (table.countInPool(index, BindingState.free) > 0) {
      this.draws += 1;
      let slot = table.firstSlotOf(index) + Math.floor(((this.draws * SPREAD) % 1) * table.poolSize(index));
      // The next free ones may all be known already.
      for (let i = 0; i <= CHECKED_PER_POOL + BUSY_PER_POOL; i++) {
        slot = table.nextFree(index, slot);
        if (slot === NO_LEASE || isWanted(slot)) break;
        slot += 1;
      }
      if (slot !== NO_LEASE && isWanted(slot)) return slot;
    }
    let idle = table.nextIdle(index, NO_LEASE);
    for (let i = 0; i < most && idle !== NO_LEASE; i++, idle = table.nextIdle(index, idle)) {
      if (isWanted(idle)) return idle;
    }
    return NO_LEASE;
  }
}

/** What each pool gets of `all`, from `least` to `most`. */
function perPool(pools: number, all: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(all / pools)));
}
