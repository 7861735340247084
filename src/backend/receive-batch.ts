// One batch of received datagrams: the arena all listeners share, the rows the addon fills, and
// the choice of what the server gets to see.
//
// Guarantees: nothing is copied and nothing is allocated per datagram. Dropped here, each counted by its reason: cut
// datagrams, sources that are ours or can belong to no host, broadcasts from interfaces that are not served (which is
// also what makes one frame heard by a macvlan and its lower device one query), and destinations that are not ours. A
// broadcast of any style arrives as 255.255.255.255. A datagram to a new address can come before the kernel reports
// that address: the backend then reads the interfaces again, so that the reply leaves from the address that the query
// was sent to.

import { Interfaces } from "../base/interfaces.ts";
import { IPV4_BROADCAST, type Ipv4 } from "../base/ipv4.ts";
import { RECEIVE_BATCH, RECEIVE_SLOT_OCTETS } from "../base/limits/backend.ts";
import { ReceiveRows } from "../native/rows.ts";
import { type Arrival, ArrivalSlot } from "../wire/arrival.ts";
import type { BackendEvents, ReceivedDatagrams } from "./backend.ts";
import { type BackendCounters, Count } from "./backend-counters.ts";
import { LocalView } from "./listen/local-view.ts";

/** First octet of addresses that are no source (RFC 1122 section 3.2.1.3). */
export const LOOPBACK_NETWORK = 127;
/** 224/3: multicast, reserved and broadcast addresses (RFC 1122 section 3.2.1.3). */
const NO_SOURCE_FROM = 0xe0000000;

/** The verdict on a datagram that the server gets to see; any other but SELF is the counter of its reason. */
export const KEEP = -1;
/** The verdict on a message of the server to itself: the server has it already. */
const SELF = -2;
export type Verdict = Count | typeof KEEP;

/** Which of the received datagrams the server gets to see: what the transports do differently. */
export interface Admission {
  /**
   * Finds addresses and payload of what the listener with this key received in a slot, and writes them into its row, if
   * the addon has not; KEEP, or why it is dropped.
   */
  unwrap(arena: Uint8Array, rows: ReceiveRows, slot: number, key: number): Verdict;
  /** Whether a destination may be an address that the view does not have yet. */
  mayBeNew(destination: Ipv4, view: LocalView): boolean;
  /** The verdict on a datagram with a good source. */
  judge(rows: ReceiveRows, slot: number, view: LocalView): Verdict;
}

/** For datagrams as a UDP socket delivers them: the kernel delivers to no address but ours. */
export const DATAGRAM_ADMISSION: Admission = {
  unwrap: () => KEEP,
  mayBeNew: (destination, { interfaces }) =>
    !interfaces.own.has(destination) && !interfaces.broadcasts.has(destination),
  judge: judgeDatagram,
};

/** Keeps a datagram to an address of ours or a configured one, or a broadcast on a served interface. */
export function judgeDatagram(rows: ReceiveRows, slot: number, view: LocalView): Verdict {
  const destination = rows.destination(slot);
  if (view.ownOrConfigured.has(destination)) return KEEP;
  if (!view.interfaces.broadcasts.has(destination)) return Count.receiveDestinationUnknown;
  return view.servedInterfaces.has(rows.ifindex(slot)) ? KEEP : Count.receiveInterfaceNotServed;
}

/** The datagrams of one receive call. */
export class ReceiveBatch implements ReceivedDatagrams {
  /** Where the addon puts octets: RECEIVE_BATCH slots of RECEIVE_SLOT_OCTETS. */
  readonly arena = new Uint8Array(RECEIVE_BATCH * RECEIVE_SLOT_OCTETS);
  /** Where the addon puts everything else. */
  readonly rows = new ReceiveRows(RECEIVE_BATCH);
  /** The view by which the present batch is judged. */
  private view = new LocalView(new Interfaces(0, []), [], []);
  private readonly counters: BackendCounters;
  private readonly admission: Admission;
  private readonly lookAgain: (view: LocalView) => LocalView;
  private readonly takeSelf: BackendEvents["onSelf"];
  /** The arrival of a datagram from an address of this host. */
  private readonly ownArrival = new ArrivalSlot();
  private readonly arrivals = Array.from({ length: RECEIVE_BATCH }, () => new ArrivalSlot());
  /** Slot in the arena of each datagram that was kept. */
  private readonly kept = new Uint8Array(RECEIVE_BATCH);

  /**
   * `lookAgain` is called for a datagram to an address that the view does not have; it returns the same view or a newer
   * one. `takeSelf`: see BackendEvents.onSelf.
   */
  constructor(
    counters: BackendCounters,
    admission: Admission,
    lookAgain: (view: LocalView) => LocalView = (view) => view,
    takeSelf: BackendEvents["onSelf"] = () => false,
  ) {
    this.counters = counters;
    this.admission = admission;
    this.lookAgain = lookAgain;
    this.takeSelf = takeSelf;
  }

  /** Judges the first `count` slots, just filled by the listener with this key; returns how many are left. */
  take(count: number, key: number, view: LocalView): number {
    this.view = view;
    let kept = 0;
    for (let slot = 0; slot < count; slot++) {
      const verdict = this.judge(slot, key);
      if (verdict !== KEEP) {
        if (verdict !== SELF) this.counters.count(verdict);
        continue;
      }
      const arrival = this.arrivals[kept];
      if (arrival === undefined) break;
      this.kept[kept++] = slot;
      this.describe(slot, arrival);
    }
    return kept;
  }

  private describe(slot: number, arrival: ArrivalSlot): void {
    const { rows } = this;
    const destination = rows.destination(slot);
    arrival.ifindex = rows.ifindex(slot);
    arrival.localAddress = this.view.ownOrConfigured.has(destination) ? destination : IPV4_BROADCAST;
    arrival.remoteAddress = rows.source(slot);
    arrival.remotePort = rows.sourcePort(slot);
  }

  /** See ReceivedDatagrams.offsetOf. */
  offsetOf(slot: number): number {
    const number = this.kept[slot] ?? 0;
    return number * RECEIVE_SLOT_OCTETS + this.rows.payload(number);
  }

  /** See ReceivedDatagrams.lengthOf. */
  lengthOf(slot: number): number {
    return this.rows.length(this.kept[slot] ?? 0);
  }

  /** See ReceivedDatagrams.arrivalOf. */
  arrivalOf(slot: number): Arrival {
    const arrival = this.arrivals[slot];
    if (arrival === undefined) throw new RangeError(`no slot ${slot}`);
    return arrival;
  }

  private judge(slot: number, key: number): Verdict | typeof SELF {
    const { rows, admission } = this;
    if (rows.isControlCut(slot)) return Count.receiveControlCut;
    if (rows.isCut(slot)) return Count.receiveTruncated;
    const fault = admission.unwrap(this.arena, rows, slot, key);
    if (fault !== KEEP) return fault;
    const source = rows.source(slot);
    if (source !== 0 && this.view.interfaces.own.has(source)) return this.judgeOwn(slot);
    const port = rows.sourcePort(slot);
    if (port === 0 || source >= NO_SOURCE_FROM || source >>> 24 === LOOPBACK_NETWORK) return Count.receiveBadSource;
    if (admission.mayBeNew(rows.destination(slot), this.view)) this.view = this.lookAgain(this.view);
    return admission.judge(rows, slot, this.view);
  }

  private judgeOwn(slot: number): Verdict | typeof SELF {
    const { rows, arena, ownArrival } = this;
    this.describe(slot, ownArrival);
    const offset = slot * RECEIVE_SLOT_OCTETS + rows.payload(slot);
    return this.takeSelf(arena, offset, rows.length(slot), ownArrival) ? SELF : Count.receiveOwnSource;
  }
}
