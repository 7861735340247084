// The elements that the firewall's sets have of each lease, as far as the daemon knows, and those that they should
// have. A set is a bit; 12 octets a lease.

import type { Ipv4 } from "../../base/ipv4.ts";
import { DOUBLE_ZERO } from "../../base/shapes.ts";
import type { Clock, EpochSeconds } from "../../base/time.ts";
import type { Config } from "../../config/model/model.ts";
import type { Scope } from "../../config/model/scope.ts";
import { rememberedClasses } from "../../engine/locate/remembered-classes.ts";
import { siteOfSlot, subnetOfSlot } from "../../engine/locate/reservation.ts";
import type { Serving } from "../../engine/serving.ts";
import { BindingState } from "../../lease/lease.ts";
import type { LeaseSlot, LeaseTable } from "../../lease/table/table.ts";
import { ClientIdentity } from "../../wire/client-identity.ts";

/** Set in `classified` where the client's sets are known. */
const IS_KNOWN = 0x8000_0000;
const BYTE = 8;
const MS_PER_SECOND = 1000;

const scratch = new ClientIdentity();

/** The bits of the sets by their purpose. */
export interface SetMasks {
  readonly leased: number;
  readonly abandoned: number;
  readonly changed: number;
}

/** For one lease table under one configuration. */
export class ElementMirror {
  /** Sets that have the slot's element. */
  readonly told: Uint32Array;
  /** The second at which it ends there, in sets whose elements end by themselves. */
  readonly until: Uint32Array;
  /** The sets that the slot's client is in by its classes and the address, and IS_KNOWN. */
  private readonly classified: Uint32Array;
  private readonly serving: Serving;
  private readonly clock: Clock;
  private readonly table: LeaseTable;
  /** Slots without a lease that a set has because a host answers for them. */
  private readonly used = new Set<LeaseSlot>();
  private readonly bits: ReadonlyMap<string, number>;
  private readonly masks: SetMasks;
  private readonly ofScopes = new WeakMap<Scope, number>();
  /** The hardware address that `readHardware` has read. */
  hardwareHigh = 0;
  hardwareLow: number = DOUBLE_ZERO;

  constructor(serving: Serving, clock: Clock) {
    const { size } = serving.table;
    this.serving = serving;
    this.clock = clock;
    this.table = serving.table;
    this.told = new Uint32Array(size);
    this.until = new Uint32Array(size);
    this.classified = new Uint32Array(size);
    this.bits = new Map(serving.config.firewallSets.map(({ name }, index) => [name, 1 << index]));
    this.masks = masksOf(serving.config);
  }

  /** The client that is given the address of a slot is in the sets of a scope. */
  classify(slot: LeaseSlot, scope: Scope): void {
    this.classified[slot] = this.bitsOf(scope) | IS_KNOWN;
  }

  /** The sets that are to have the slot's element now. */
  wanted(slot: LeaseSlot): number {
    switch (this.serving.table.state(slot)) {
      case BindingState.bound:
        return this.setsOf(slot) & this.masks.leased;
      case BindingState.abandoned:
        return this.abandonedSetsOf(slot);
      default:
        return this.isInUse(slot) ? this.abandonedSetsOf(slot) : 0;
    }
  }

  /** Notes which slots a set has or is to have because a host without a lease answers for them; those that have changed in that. */
  followUse(): readonly LeaseSlot[] {
    if (this.masks.abandoned === 0) return [];
    const changed: LeaseSlot[] = [];
    for (const slot of this.used) if (!this.isInUse(slot)) changed.push(slot);
    for (const slot of this.serving.checked.busySlots(this.clock.monotonic() / MS_PER_SECOND))
      if (!this.used.has(slot) && this.isInUse(slot)) changed.push(slot);
    return changed;
  }

  /** Notes whether the element that a slot is to have now is of a host without a lease. */
  noteUse(slot: LeaseSlot): void {
    if (this.masks.abandoned === 0) return;
    if (this.isInUse(slot)) this.used.add(slot);
    else this.used.delete(slot);
  }

  /** Whether the slot's element is for a host without a lease, whose hardware address is unknown. */
  isOfUse(slot: LeaseSlot): boolean {
    return this.used.has(slot);
  }

  /** The sets that an address is taken out of when another client gets it. */
  changed(slot: LeaseSlot): number {
    return this.masks.changed === 0 ? 0 : this.setsOf(slot) & this.masks.changed;
  }

  /** The second at which the slot's element is to end by itself; the largest number: never. */
  endOf(slot: LeaseSlot): EpochSeconds {
    if (this.used.has(slot)) return this.endOfUse(slot);
    return Math.min(Math.ceil(this.serving.table.endsAt(slot)), 0xffff_ffff);
  }

  /**
   * Reads the hardware address of a slot's client, or the one in `octets`: six octets as two numbers, zero if it has
   * another length.
   */
  readHardware(slot: LeaseSlot, octets?: Uint8Array): void {
    const { table } = this.serving;
    this.hardwareHigh = 0;
    this.hardwareLow = 0;
    if (octets === undefined && this.used.has(slot)) return;
    const handle = octets === undefined ? table.detailsOf(slot) : 0;
    const address = octets ?? (handle === 0 ? undefined : table.details.read(handle).hardwareAddress);
    if (address?.length !== 6) return;
    const octet = (at: number): number => address[at] ?? 0;
    this.hardwareHigh = (octet(0) << BYTE) | octet(1);
    this.hardwareLow = ((octet(2) << (3 * BYTE)) | (octet(3) << (2 * BYTE)) | (octet(4) << BYTE) | octet(5)) >>> 0;
  }

  /** The slot of an address; -1 if no pool has it. */
  slotOf(address: Ipv4): LeaseSlot {
    return this.serving.table.slotOf(address);
  }

  /** The address of a slot of the table that this mirror was made for. */
  addressOf(slot: LeaseSlot): Ipv4 {
    return this.table.addressOf(slot);
  }

  private abandonedSetsOf(slot: LeaseSlot): number {
    const site = siteOfSlot(this.serving, slot);
    return site === undefined ? 0 : this.bitsOf(site.scope) & this.masks.abandoned;
  }

  /** Whether no client has the slot's address, and a host without a lease answers there. */
  private isInUse(slot: LeaseSlot): boolean {
    const { table, checked } = this.serving;
    if (this.masks.abandoned === 0 || !table.isNobodys(slot)) return false;
    return checked.isBusy(table.poolOf(slot), slot, this.clock.monotonic() / MS_PER_SECOND);
  }

  private endOfUse(slot: LeaseSlot): EpochSeconds {
    const { table, checked } = this.serving;
    const rest = checked.busyUntil(table.poolOf(slot), slot) - this.clock.monotonic() / MS_PER_SECOND;
    return Math.ceil(this.clock.wall() + Math.max(0, rest));
  }

  /** The sets of a slot's present client; by its record, if the server has not heard it since the start. */
  private setsOf(slot: LeaseSlot): number {
    const known = this.classified[slot] ?? 0;
    if ((known & IS_KNOWN) !== 0) return known & ~IS_KNOWN;
    const { config, table } = this.serving;
    const site = siteOfSlot(this.serving, slot);
    if (site === undefined) return 0;
    let { scope } = site;
    if (table.detailsOf(slot) !== 0) {
      table.copyDetails(slot, scratch);
      const host = config.findHost(scratch, subnetOfSlot(this.serving, slot)?.sharedNetwork ?? -1);
      scope = config.scopeOf(site, host, rememberedClasses(scratch, this.serving));
    }
    this.classify(slot, scope);
    return this.bitsOf(scope);
  }

  private bitsOf(scope: Scope): number {
    const { firewallSets } = scope;
    if (firewallSets.length === 0) return 0;
    const known = this.ofScopes.get(scope);
    if (known !== undefined) return known;
    const bits = firewallSets.reduce((all, { name }) => all | (this.bits.get(name) ?? 0), 0);
    this.ofScopes.set(scope, bits);
    return bits;
  }
}

function masksOf({ firewallSets }: Config): SetMasks {
  const mask = (wanted: string): number =>
    firewallSets.reduce((bits, { addresses }, index) => (addresses === wanted ? bits | (1 << index) : bits), 0);
  return { leased: mask("leased"), abandoned: mask("abandoned"), changed: mask("changed") };
}
