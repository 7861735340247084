// The conflict check before an OFFER: one ICMP echo, then the DISCOVER is decided again with the result. The query
// waits as its own octets together with its arrival, so the late OFFER goes out exactly as an immediate one would have.

import { getUint32 } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { PROBE_NEIGHBOUR_MS, PROBES_MAX, PROBES_ON_LINK_MAX } from "../../base/limits/checks.ts";
import type { Clock } from "../../base/time.ts";
import type { Exchange } from "../../engine/exchange.ts";
import type { LeaseSlot } from "../../lease/table/table.ts";
import { NeighbourRows } from "../../native/rows.ts";
import { type Arrival, ArrivalSlot } from "../../wire/arrival.ts";

/** A DISCOVER that waits for its address to be checked. */
export interface Probe {
  readonly slot: LeaseSlot;
  readonly address: Ipv4;
  /** The query's octets. */
  bytes: Uint8Array;
  readonly arrival: Arrival;
  /** Addresses found in use for this query so far. */
  readonly tried: readonly LeaseSlot[];
  readonly identifier: number;
  readonly sequence: number;
  readonly endsAtMs: number;
}

/** What the prober needs of the rest of the server. */
export interface ProberPorts {
  sendEcho(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): boolean;
  /** See Backend. */
  stopAsking(rows: NeighbourRows, count: number): boolean;
  /** No answer came: the query is decided again, its address counts as checked. */
  onFree(probe: Probe): void;
  /** Somebody answered from the address. */
  onInUse(probe: Probe): void;
}

const TICK_MS = 20;
const GIADDR_OFFSET = 24;

/** Keeps the probes under way. */
export class Prober {
  private readonly clock: Clock;
  private readonly ports: ProberPorts;
  private readonly bySlot = new Map<LeaseSlot, Probe>();
  private readonly byAddress = new Map<Ipv4, Probe>();
  private timer: NodeJS.Timeout | undefined;
  /** Run behind what has come meanwhile: where this process was late itself, answers are read before they count as missing. */
  private readonly onTick = (): void => this.tick();
  private sequence = 0;
  /** When the last PROBES_ON_LINK_MAX pings to our own links were sent; a ring. */
  private readonly onLinkAtMs = new Float64Array(PROBES_ON_LINK_MAX).fill(Number.NEGATIVE_INFINITY);
  private onLinkNext = 0;
  /** The row for stopAsking. */
  private readonly entry = new NeighbourRows(1);

  constructor(clock: Clock, ports: ProberPorts) {
    this.clock = clock;
    this.ports = ports;
  }

  /** Whether the slot's address is being checked. */
  has(slot: LeaseSlot): boolean {
    return this.bySlot.has(slot);
  }

  /** Starts checking the address that an exchange is about; false when it cannot be (no echo socket, too many under way): offer it unchecked. */
  startProbe(exchange: Exchange, address: Ipv4): boolean {
    const { decision } = exchange;
    const isOnLink = exchange.query.giaddr === 0;
    if (this.bySlot.size >= PROBES_MAX || (isOnLink && !this.mayProbeOnLink())) return false;
    this.sequence = (this.sequence + 1) & 0xffff;
    const identifier = decision.slot & 0xffff;
    // Through a relay our source may be an anycast address, whose answers might reach another server.
    const source = isOnLink ? decision.source : 0;
    if (!this.ports.sendEcho(address, source, 0, identifier, this.sequence)) return false;
    if (isOnLink) this.noteOnLink();
    const arrival = new ArrivalSlot();
    arrival.copyFrom(exchange.arrival);
    const { query } = exchange;
    const probe: Probe = {
      slot: decision.slot,
      address,
      bytes: query.bytes.slice(query.start, query.start + query.length),
      arrival,
      tried: exchange.tried,
      identifier,
      sequence: this.sequence,
      endsAtMs: this.clock.monotonic() + decision.probeSeconds * 1000,
    };
    this.bySlot.set(probe.slot, probe);
    this.byAddress.set(address, probe);
    this.timer ??= setInterval(() => setImmediate(this.onTick), TICK_MS);
    return true;
  }

  /** The client has repeated its DISCOVER meanwhile: the newest one will be answered. */
  refresh(exchange: Exchange, slot: LeaseSlot): void {
    const probe = this.bySlot.get(slot);
    const { query } = exchange;
    if (probe !== undefined) probe.bytes = query.bytes.slice(query.start, query.start + query.length);
  }

  /** An echo reply has come; a reply to no probe under way is ignored. */
  onEcho(source: Ipv4, identifier: number, sequence: number): void {
    const probe = this.byAddress.get(source);
    if (probe === undefined || probe.sequence !== sequence || probe.identifier !== identifier) return;
    this.forget(probe);
    this.ports.onInUse(probe);
  }

  /** Gives up the probe of a slot, if there is one: its client wants another address. */
  giveUp(slot: LeaseSlot): void {
    const probe = this.bySlot.get(slot);
    if (probe !== undefined) this.forget(probe);
  }

  /** Gives up all probes: their clients will ask again. */
  clear(): void {
    for (const probe of [...this.bySlot.values()]) this.forget(probe);
  }

  private mayProbeOnLink(): boolean {
    return this.clock.monotonic() - (this.onLinkAtMs[this.onLinkNext] ?? 0) >= PROBE_NEIGHBOUR_MS;
  }

  private noteOnLink(): void {
    this.onLinkAtMs[this.onLinkNext] = this.clock.monotonic();
    this.onLinkNext = (this.onLinkNext + 1) % PROBES_ON_LINK_MAX;
  }

  private tick(): void {
    const now = this.clock.monotonic();
    for (const probe of this.bySlot.values()) {
      if (probe.endsAtMs > now) continue;
      this.forget(probe);
      this.stopAsking(probe);
      this.ports.onFree(probe);
    }
  }

  /** What the kernel still holds back for the address is not for the client that gets it now. */
  private stopAsking({ address, bytes, arrival }: Probe): void {
    if (getUint32(bytes, GIADDR_OFFSET) !== 0) return;
    this.entry.set(0, arrival.ifindex, address);
    this.ports.stopAsking(this.entry, 1);
  }

  private forget(probe: Probe): void {
    this.bySlot.delete(probe.slot);
    this.byAddress.delete(probe.address);
    if (this.bySlot.size === 0 && this.timer !== undefined) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }
}
