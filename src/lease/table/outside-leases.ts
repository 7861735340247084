// Leases of addresses that no pool has: of another configuration, or of a file that was imported.
// They are kept until they are over, so that a range that is taken out by mistake and comes back
// finds its leases again.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { EpochSeconds } from "../../base/time.ts";
import { BindingState, type LeaseRecord } from "../lease.ts";
import { type ClientDetails, isAt } from "./details-block.ts";

/** Records by address. */
export class OutsideLeases {
  /** When the first of them is over, or earlier; Infinity if none ever is. */
  private nextEndAt: EpochSeconds = Number.POSITIVE_INFINITY;
  private readonly byAddress = new Map<Ipv4, LeaseRecord>();
  /** Revisions of a shared store's records. */
  private readonly revisions = new Map<Ipv4, number>();

  /** Replaces the lease of the record's address. */
  put(record: LeaseRecord): void {
    if (record.state === BindingState.free || record.state === BindingState.offered) return this.drop(record.address);
    this.byAddress.set(record.address, record);
    this.nextEndAt = Math.min(this.nextEndAt, record.endsAt);
  }

  /** Replaces the lease of an address by a shared store's record of it, if that is newer; false if it is not. */
  learn(address: Ipv4, record: LeaseRecord | undefined, revision: number): boolean {
    if (revision <= this.revisionOf(address)) return false;
    if (record === undefined) this.drop(address);
    else this.put(record);
    this.setRevision(address, revision);
    return true;
  }

  /** Notes the revision of the record of an address, if there is a record. 0: the store has none. */
  setRevision(address: Ipv4, revision: number): void {
    if (revision > 0 && this.byAddress.has(address)) this.revisions.set(address, revision);
  }

  /** Revision of the record of an address; 0 if none is known. */
  revisionOf(address: Ipv4): number {
    return this.revisions.get(address) ?? 0;
  }

  /** Forgets the revisions of all records: the store is another one. */
  forgetRevisions(): void {
    this.revisions.clear();
  }

  /** Forgets the lease of an address. */
  drop(address: Ipv4): void {
    this.byAddress.delete(address);
    this.revisions.delete(address);
  }

  /** Whether a lease of the address is the client's: by identifier where both have one, else by hardware address. */
  isOf(address: Ipv4, client: ClientDetails): boolean {
    const record = this.byAddress.get(address);
    if (record === undefined || record.state !== BindingState.bound) return false;
    const { clientId, hardwareAddress } = record;
    if (clientId.length > 0 && client.clientIdLength > 0) {
      return clientId.length === client.clientIdLength && isAt(client.clientId, 0, clientId, clientId.length);
    }
    const isSameLength = client.hlen > 0 && hardwareAddress.length === client.hlen;
    return isSameLength && record.htype === client.htype && isAt(client.chaddr, 0, hardwareAddress, client.hlen);
  }

  /** Drops leases that are over by `now`. */
  expire(now: EpochSeconds): void {
    if (this.nextEndAt > now) return;
    this.nextEndAt = Number.POSITIVE_INFINITY;
    for (const record of this.byAddress.values()) {
      if (record.endsAt <= now) this.drop(record.address);
      else this.nextEndAt = Math.min(this.nextEndAt, record.endsAt);
    }
  }

  records(): Iterable<LeaseRecord> {
    return this.byAddress.values();
  }
}
