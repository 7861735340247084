// Compares the firewall's sets with the leases: takes elements without a lease out, and puts missing elements of leases
// in. It lists one set after the other, then goes through all leases, a few in a turn of the event loop.

import type { Ipv4 } from "../../base/ipv4.ts";
import { FIREWALL_COMPARE_MS, FIREWALL_COMPARE_TIMES, FIREWALL_LEASES_PER_TURN } from "../../base/limits/firewall.ts";
import type { Clock, MonotonicMilliseconds, Seconds } from "../../base/time.ts";
import type { FirewallClient } from "../../firewall/client.ts";
import { type ListedElement, NEVER_ENDS, SetKey, SetResult } from "../../firewall/protocol.ts";
import type { LeaseSlot } from "../../lease/table/table.ts";
import type { LeaseElements } from "./lease-elements.ts";
import type { SetState } from "./set-states.ts";

/** Seconds by which the end of an element may differ from its lease's: both are whole seconds, and the list takes a while. */
const END_TOLERANCE = 2;
const PAUSE_MS = 10;

/** What it needs of the sets. */
export interface ComparisonPorts {
  readonly client: FirewallClient;
  readonly clock: Clock;
  readonly elements: LeaseElements;
  /** Number of slots of the lease table. */
  slots(): number;
  /** A set lacks elements of leases that it had, which are put in again. */
  onMissed(state: SetState, count: number): void;
  /** What has been asked for leaves. */
  flush(): void;
}

/** A set that no statement names any more. */
export interface RetiredSet {
  readonly name: string;
  readonly position: number;
  readonly addresses: ReadonlySet<Ipv4>;
}

/** See the head of this file. */
export class SetComparison {
  private readonly ports: ComparisonPorts;
  private listed: SetState | undefined;
  /** Sets that no statement names any more, with the addresses that leases have put in; the first of them is listed if `isRetiring`. */
  private retired: RetiredSet[] = [];
  private isRetiring = false;
  /** Leases that, as far as the server knew, the listed set had, and that the list has not shown yet: 1 for each. */
  private missed = new Uint8Array(0);
  /** The next lease to look at; -1: none is looked at. */
  private next = -1;
  private begunAt: MonotonicMilliseconds = 0;
  private dueAt: MonotonicMilliseconds = 0;
  private turn: NodeJS.Timeout | undefined;
  private readonly onTurn = (): void => this.walk();

  constructor(ports: ComparisonPorts) {
    this.ports = ports;
  }

  /** Whether enough time has passed since the last one for another that only follows what other programs do. */
  get isDue(): boolean {
    return this.ports.clock.monotonic() >= this.dueAt;
  }

  /** Begins with the sets that are to be compared, unless it is at it. */
  start(): void {
    if (this.isRetiring || this.listed !== undefined || this.next >= 0) return;
    this.begunAt = this.ports.clock.monotonic();
    this.listNext();
  }

  /** Goes through the leases without listing a set: other servers may have changed them. */
  follow(): void {
    if (!this.isRetiring && this.listed === undefined && this.next < 0) this.startWalk();
  }

  /** Takes the elements of leases out of sets that no statement names any more; forgets sets that one names again. */
  retire(sets: readonly RetiredSet[], named: readonly SetState[]): void {
    const isNamed = (name: string): boolean => named.some(({ set }) => set.name === name);
    this.retired = [...this.retired, ...sets].filter(({ name }) => !isNamed(name));
  }

  /** Forgets what it was at: the leases or the process are other ones. */
  reset(): void {
    clearTimeout(this.turn);
    this.listed = undefined;
    this.isRetiring = false;
    this.next = -1;
  }

  /** A part of the list of a set. */
  take(position: number, elements: readonly ListedElement[], isLast: boolean, result: SetResult): void {
    const { listed, ports } = this;
    if (this.isRetiring) return this.takeRetired(position, elements, isLast);
    if (listed === undefined || listed.position !== position) return;
    for (const element of elements) this.compare(listed, element);
    ports.flush();
    if (!isLast) return;
    if (result !== SetResult.ok) listed.isToCompare = true;
    else {
      this.tellMissed(listed);
      listed.isMadeAnew = false;
    }
    this.listed = undefined;
    this.listNext();
  }

  private takeRetired(position: number, elements: readonly ListedElement[], isLast: boolean): void {
    const { ports } = this;
    const [set] = this.retired;
    if (set?.position !== position) return;
    let hasRoom = true;
    for (const element of elements)
      if (hasRoom && set.addresses.has(element.address)) hasRoom = ports.elements.removeElement(position, element);
    ports.flush();
    if (!isLast && hasRoom) return;
    this.isRetiring = false;
    if (!hasRoom) this.turn = setTimeout(() => this.start(), PAUSE_MS);
    else {
      this.retired.shift();
      this.listNext();
    }
  }

  /**
   * Reports how many leases a set has lost the elements of: an element that was about to end by itself does not count.
   */
  private tellMissed(state: SetState): void {
    const { mirror } = this.ports.elements;
    const ending = this.ports.clock.wall() + END_TOLERANCE;
    let count = 0;
    for (let slot = 0; slot < this.missed.length; slot++) {
      if (this.missed[slot] !== 1 || ((mirror.told[slot] ?? 0) & state.bit) !== 0) continue;
      if ((mirror.wanted(slot) & state.bit) !== 0 && mirror.endOf(slot) > ending) count++;
    }
    if (count > 0) this.ports.onMissed(state, count);
  }

  private listNext(): void {
    const { ports } = this;
    const [retired] = this.retired;
    if (retired !== undefined && ports.client.list(retired.position)) {
      this.isRetiring = true;
      return;
    }
    const states = ports.elements.states;
    const state = states.all.find(
      ({ isToCompare, bit, set }) => isToCompare && (states.usable & bit) !== 0 && set.addresses !== "changed",
    );
    if (state === undefined) return this.startWalk();
    state.isToCompare = false;
    this.forgetTold(state);
    if (ports.client.list(state.position)) this.listed = state;
    else state.isToCompare = true;
  }

  private forgetTold(state: SetState): void {
    const { told } = this.ports.elements.mirror;
    this.missed = new Uint8Array(told.length);
    for (let slot = 0; slot < told.length; slot++) {
      const bits = told[slot] ?? 0;
      if ((bits & state.bit) !== 0) this.missed[slot] = 1;
      told[slot] = bits & ~state.bit;
    }
    state.elements = 0;
  }

  private compare(state: SetState, element: ListedElement): void {
    const { ports } = this;
    const mirror = ports.elements.mirror;
    const slot = mirror.slotOf(element.address);
    const isWanted = slot >= 0 && (mirror.wanted(slot) & state.bit) !== 0 && this.isOfClient(state, slot, element);
    if (!isWanted) {
      if (!ports.elements.removeElement(state.position, element)) state.isToCompare = true;
      return;
    }
    this.missed[slot] = 0;
    if (state.hasTimeout && !this.endsWithLease(slot, element)) return;
    const told = mirror.told[slot] ?? 0;
    if ((told & state.bit) !== 0) return;
    mirror.told[slot] = told | state.bit;
    state.elements += 1;
    if (state.hasTimeout) mirror.until[slot] = mirror.endOf(slot);
  }

  private isOfClient(state: SetState, slot: LeaseSlot, { hardwareHigh, hardwareLow }: ListedElement): boolean {
    if (state.key === SetKey.address) return true;
    const mirror = this.ports.elements.mirror;
    mirror.readHardware(slot);
    return mirror.hardwareHigh === hardwareHigh && mirror.hardwareLow === hardwareLow;
  }

  private endsWithLease(slot: LeaseSlot, { seconds }: ListedElement): boolean {
    const end = this.ports.elements.mirror.endOf(slot);
    const rest: Seconds = end === NEVER_ENDS ? NEVER_ENDS : end - Math.floor(this.ports.clock.wall());
    return Math.abs(rest - seconds) <= END_TOLERANCE;
  }

  private startWalk(): void {
    this.next = 0;
    this.walk();
  }

  private walk(): void {
    const { ports } = this;
    const end = Math.min(ports.slots(), this.next + FIREWALL_LEASES_PER_TURN);
    let hasRoom = true;
    while (hasRoom && this.next < end) {
      hasRoom = ports.elements.sync(this.next, false);
      if (hasRoom) this.next += 1;
    }
    ports.flush();
    if (this.next < ports.slots()) {
      this.turn = setTimeout(this.onTurn, hasRoom ? 0 : PAUSE_MS);
      return;
    }
    this.next = -1;
    const now = ports.clock.monotonic();
    this.dueAt = now + Math.max(FIREWALL_COMPARE_MS, (now - this.begunAt) * FIREWALL_COMPARE_TIMES);
  }
}
