// What the store has of leases, on its way into the lease table.

import { NO_OCTETS } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { BindingState, type LeaseRecord } from "../../lease/lease.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import type { Keys } from "./keys.ts";
import { readLeaseValue, StoredLease } from "./lease-value.ts";
import type { KeyValue } from "./wire.ts";

/** Takes leases from answers and events. */
export class Learner {
  /** Values that were no lease. Their addresses are given to nobody. */
  malformed = 0;
  /** A lease of a later release has been found: nothing more can be learnt. */
  onOtherFormat: (address: Ipv4) => void = () => undefined;
  private readonly keys: Keys;
  private readonly lease = new StoredLease();
  private table: LeaseTable;

  constructor(keys: Keys, table: LeaseTable) {
    this.keys = keys;
    this.table = table;
  }

  useTable(table: LeaseTable): void {
    this.table = table;
  }

  /** Takes the lease of a key that is one of a lease. */
  take(pair: KeyValue): void {
    const address = this.keys.addressOf(pair.octets, pair.keyEnd);
    if (!this.table.isNews(address, pair.modRevision)) return;
    const record = this.decode(pair, address);
    if (record !== undefined) this.table.learn(address, record, pair.modRevision);
  }

  /** The lease of an address as the key's value has it; undefined if it is of a later release. */
  decode(pair: KeyValue, address: Ipv4): LeaseRecord | undefined {
    const kind = readLeaseValue(pair.octets, pair.valueStart, pair.valueEnd, this.lease);
    if (kind === "lease") return recordOf(address, this.lease);
    if (kind === "other-format") {
      this.onOtherFormat(address);
      return undefined;
    }
    this.malformed += 1;
    return restingForEver(address);
  }

  /** The store had no lease of an address at `revision`. */
  takeAbsence(address: Ipv4, revision: number): void {
    this.table.learn(address, undefined, revision);
  }
}

function recordOf(address: Ipv4, lease: StoredLease): LeaseRecord {
  return {
    address,
    state: lease.state,
    startsAt: lease.startsAt,
    endsAt: lease.endsAt,
    lastTransactionAt: lease.lastTransactionAt,
    htype: lease.htype,
    hardwareAddress: copyOf(lease.chaddr, lease.hlen),
    clientId: copyOf(lease.clientId, lease.clientIdLength),
    hostName: copyOf(lease.hostName, lease.hostNameLength),
    agentInformation: copyOf(lease.agentInformation, lease.agentInformationLength),
    vendorClass: copyOf(lease.vendorClass, lease.vendorClassLength),
  };
}

function copyOf(octets: Uint8Array, length: number): Uint8Array {
  return length === 0 ? NO_OCTETS : octets.slice(0, length);
}

/** Somebody may have the address, and nobody can read who. */
function restingForEver(address: Ipv4): LeaseRecord {
  return {
    address,
    state: BindingState.abandoned,
    startsAt: 0,
    endsAt: Number.POSITIVE_INFINITY,
    lastTransactionAt: 0,
    htype: 0,
    hardwareAddress: NO_OCTETS,
    clientId: NO_OCTETS,
    hostName: NO_OCTETS,
    agentInformation: NO_OCTETS,
    vendorClass: NO_OCTETS,
  };
}
