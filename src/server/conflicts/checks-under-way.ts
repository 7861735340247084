// Checks ahead that are under way: the addresses asked for, and the answers.
//
// Through a router a ping decides, which is repeated once: some routers drop a packet for which they have to ask by
// ARP. On a link of ours ARP decides: the ping makes the kernel ask, and a host answers ARP although it answers no
// ping. A moment before the kernel would ask a second time the server looks at its neighbour table, and makes the
// kernel stop asking for addresses without an answer: one broadcast for each address, no entry that stays, and no ping
// that is still held back when the address gets a client.

import type { Ipv4 } from "../../base/ipv4.ts";
import {
  CHECK_LOOK_MS,
  CHECK_OLD_NEIGHBOUR_MS,
  CHECK_ON_LINK_MS,
  CHECKS_UNDER_WAY_KEPT_MAX,
  CHECKS_UNDER_WAY_MAX,
} from "../../base/limits/checks.ts";
import type { LeaseSlot } from "../../lease/table/table.ts";
import { NeighbourRows, NeighbourState, type NeighbourTable } from "../../native/rows.ts";
import type { CheckedPool } from "./checked-pools.ts";

/** An address that was asked for. */
export interface Check {
  /** Its pool's number in the lease table. */
  readonly pool: number;
  readonly slot: LeaseSlot;
  readonly address: Ipv4;
  /** Our address on its link, and the link; 0: it is behind a router. */
  readonly own: Ipv4;
  readonly ifindex: number;
  readonly sequence: number;
  readonly sentAtMs: number;
  /** When it is to be pinged once more; infinite: not any more. */
  againAtMs: number;
  endsAtMs: number;
}

/** What they need, and what they tell. */
export interface ChecksUnderWayPorts {
  sendEcho(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): boolean;
  neighbours(): NeighbourTable;
  stopAsking(rows: NeighbourRows, count: number): boolean;
  onSilent(check: Check): void;
  onAnswer(check: Check): void;
}

/** Tells our echoes from the echoes of the check before an offer, whose identifiers are slots. */
const IDENTIFIER = 0xffff;

/** See the head of this file. */
export class ChecksUnderWay {
  private readonly ports: ChecksUnderWayPorts;
  private readonly checks = new Map<Ipv4, Check>();
  /** Checks under way by pool. */
  private readonly counts = new Map<number, number>();
  /** Rows for stopAsking. */
  private readonly unanswered = new NeighbourRows(CHECKS_UNDER_WAY_MAX);
  private most = CHECKS_UNDER_WAY_MAX;
  private sequence = 0;
  private lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(ports: ChecksUnderWayPorts) {
    this.ports = ports;
  }

  /** Whether no more may be begun now. */
  get isFull(): boolean {
    return this.checks.size >= this.most;
  }

  /** Whether an address is being checked. */
  has(address: Ipv4): boolean {
    return this.checks.has(address);
  }

  /** Checks of a pool that are under way. */
  countOf(pool: number): number {
    return this.counts.get(pool) ?? 0;
  }

  /** Asks for an address; false if the kernel did not take the ping. */
  startCheck(pool: CheckedPool, slot: LeaseSlot, address: Ipv4, nowMs: number): boolean {
    const { own, ifindex, timeoutMs } = pool;
    this.sequence = (this.sequence + 1) & 0xffff;
    if (!this.ports.sendEcho(address, own, 0, IDENTIFIER, this.sequence)) return false;
    // The time to wait is a ping's; a kernel asks by ARP in whole seconds, so a little less.
    const waitMs = own === 0 ? timeoutMs : Math.max(CHECK_ON_LINK_MS, timeoutMs + CHECK_ON_LINK_MS - SECOND_MS);
    const againAtMs = own === 0 ? nowMs + timeoutMs / 2 : Number.POSITIVE_INFINITY;
    const check: Check = {
      ...{ pool: pool.index, slot, address, own, ifindex, sequence: this.sequence },
      ...{ sentAtMs: nowMs, againAtMs, endsAtMs: nowMs + waitMs },
    };
    this.checks.set(address, check);
    this.counts.set(check.pool, this.countOf(check.pool) + 1);
    return true;
  }

  /** An echo reply has come; a reply to no check under way is ignored. */
  onEcho(source: Ipv4, identifier: number, sequence: number): void {
    const check = this.checks.get(source);
    if (check === undefined || identifier !== IDENTIFIER || check.sequence !== sequence) return;
    this.end(check);
    this.ports.onAnswer(check);
  }

  /** Milliseconds until something is due; infinite if nothing is under way. */
  waitMs(nowMs: number): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const check of this.checks.values()) dueMs = Math.min(dueMs, check.endsAtMs, check.againAtMs);
    return Math.max(CHECK_LOOK_MS / 2, dueMs - nowMs);
  }

  /** Ends the checks whose time is over. */
  endOverdue(nowMs: number): void {
    // The table is read for many of them at a time.
    if (nowMs - this.lookedAtMs < CHECK_LOOK_MS) return;
    let neighbours: NeighbourTable | undefined;
    let unanswered = 0;
    for (const check of this.checks.values()) {
      if (check.againAtMs <= nowMs) this.askAgain(check);
      if (check.endsAtMs > nowMs) continue;
      if (check.own === 0) {
        this.endSilent(check);
        continue;
      }
      this.lookedAtMs = nowMs;
      neighbours ??= this.ports.neighbours();
      const state = neighbours.stateOf(check.address, check.ifindex);
      if (state === NeighbourState.reachable) {
        this.end(check);
        this.ports.onAnswer(check);
      } else if (isOld(state) && nowMs - check.sentAtMs < CHECK_OLD_NEIGHBOUR_MS) {
        check.endsAtMs = check.sentAtMs + CHECK_OLD_NEIGHBOUR_MS;
      } else {
        if (state === NeighbourState.incomplete) {
          this.unanswered.set(unanswered, check.ifindex, check.address);
          unanswered += 1;
        }
        this.endSilent(check);
      }
    }
    if (unanswered === 0) return;
    this.most = this.ports.stopAsking(this.unanswered, unanswered) ? CHECKS_UNDER_WAY_MAX : CHECKS_UNDER_WAY_KEPT_MAX;
  }

  /** Gives up a pool's checks. */
  dropPool(pool: number): void {
    for (const check of this.checks.values()) if (check.pool === pool) this.end(check);
  }

  /** Gives up all. */
  clear(): void {
    this.checks.clear();
    this.counts.clear();
  }

  private askAgain(check: Check): void {
    check.againAtMs = Number.POSITIVE_INFINITY;
    this.ports.sendEcho(check.address, check.own, 0, IDENTIFIER, check.sequence);
  }

  private endSilent(check: Check): void {
    this.end(check);
    this.ports.onSilent(check);
  }

  private end(check: Check): void {
    this.checks.delete(check.address);
    const left = this.countOf(check.pool) - 1;
    if (left > 0) this.counts.set(check.pool, left);
    else this.counts.delete(check.pool);
  }
}

const SECOND_MS = 1000;

/** An entry from before: whether it is still true the kernel finds out in its own time. */
function isOld(state: number): boolean {
  return state !== 0 && state !== NeighbourState.incomplete && state !== NeighbourState.failed;
}
