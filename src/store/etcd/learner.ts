// The store's leases on their way into the lease table.

import type { Ipv4 } from "../../base/ipv4.ts";
import { BindingState, type LeaseRecord } from "../../lease/lease.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import type { Keys } from "./keys.ts";
import { readLeaseValue, StoredLease } from "./lease-value.ts";
import type { KeyValue } from "./wire.ts";

/** Takes leases from answers and events. */
export class Learner {
  /** Values that were no lease. No client gets their addresses. */
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
    const { lease, table } = this;
    const kind = readLeaseValue(pair.octets, pair.valueStart, pair.valueEnd, lease);
    if (kind === "other-format") return this.onOtherFormat(address);
    lease.address = address;
    if (kind === "malformed") {
      this.malformed += 1;
      restForEver(lease);
    }
    if (!table.learnOwn(lease, pair.modRevision)) table.learn(address, recordOf(lease), pair.modRevision);
  }

  /** The store had no lease of an address at `revision`. */
  takeAbsence(address: Ipv4, revision: number): void {
    this.table.learn(address, undefined, revision);
  }
}

function recordOf(lease: StoredLease): LeaseRecord {
  return {
    address: lease.address,
    state: lease.state,
    startsAt: lease.startsAt,
    endsAt: lease.endsAt,
    lastTransactionAt: lease.lastTransactionAt,
    htype: lease.htype,
    hardwareAddress: lease.chaddr.slice(0, lease.hlen),
    clientId: lease.clientId.slice(0, lease.clientIdLength),
    hostName: lease.hostName.slice(0, lease.hostNameLength),
    agentInformation: lease.agentInformation.slice(0, lease.agentInformationLength),
    vendorClass: lease.vendorClass.slice(0, lease.vendorClassLength),
  };
}

/** A client may have the address, and its record is unreadable. */
function restForEver(lease: StoredLease): void {
  lease.state = BindingState.abandoned;
  lease.startsAt = 0;
  lease.endsAt = Number.POSITIVE_INFINITY;
  lease.lastTransactionAt = 0;
  lease.forgetClient();
}
