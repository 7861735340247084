// Why addresses were taken out of use, for `explain` (explain-address.ts). In memory only.

import type { Ipv4 } from "../../base/ipv4.ts";
import { ABANDON_REASONS_MAX } from "../../base/limits/checks.ts";
import type { EpochSeconds } from "../../base/time.ts";

/** A reason, and since when it is one. */
interface AbandonReason {
  readonly reason: string;
  readonly since: EpochSeconds;
}

/** The latest reasons, one an address. */
export class AbandonReasons {
  private readonly byAddress = new Map<Ipv4, AbandonReason>();

  /** Notes a reason; the oldest is forgotten where there are too many. */
  note(address: Ipv4, reason: string, since: EpochSeconds): void {
    const { byAddress } = this;
    byAddress.delete(address);
    byAddress.set(address, { reason, since });
    if (byAddress.size <= ABANDON_REASONS_MAX) return;
    for (const oldest of byAddress.keys()) {
      byAddress.delete(oldest);
      return;
    }
  }

  /** The reason of an address; undefined if none is known. */
  of(address: Ipv4): AbandonReason | undefined {
    return this.byAddress.get(address);
  }
}
