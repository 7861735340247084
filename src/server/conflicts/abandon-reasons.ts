// Why addresses were taken out of use, for people who ask (explain-address.ts). In memory only: the lease file has when.

import type { Ipv4 } from "../../base/ipv4.ts";
import { ABANDON_REASONS_MAX } from "../../base/limits/checks.ts";

/** The latest reasons, one an address. */
export class AbandonReasons {
  private readonly byAddress = new Map<Ipv4, string>();

  /** Notes a reason; the oldest is forgotten where there are too many. */
  note(address: Ipv4, reason: string): void {
    const { byAddress } = this;
    byAddress.delete(address);
    byAddress.set(address, reason);
    if (byAddress.size <= ABANDON_REASONS_MAX) return;
    for (const oldest of byAddress.keys()) {
      byAddress.delete(oldest);
      return;
    }
  }

  /** The reason of an address; undefined if none is known. */
  of(address: Ipv4): string | undefined {
    return this.byAddress.get(address);
  }
}
