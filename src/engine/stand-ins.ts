// Clients of another server of a split (dhcpd.conf(5) `split`) that this server has let keep their addresses, while
// that server perhaps cannot be reached.
//
// The two servers share no store. A client that renews has a running lease, so the owner keeps the address for at least
// `hold` from now on. This server may promise that much once: a client that renews again before it is over may have
// nothing but that promise. Two stand-ins for one owner would not know of each other's promises, so there is only one
// (config/resolve/split.ts). A server that has just started does not know its earlier promises, so it makes none for
// `hold`.

import type { Ipv4 } from "../base/ipv4.ts";
import { MESSAGE_AGE_SECONDS, RESERVE_MARGIN_SECONDS, STAND_INS_MAX } from "../base/limits/engine.ts";
import type { MonotonicSeconds, Seconds } from "../base/time.ts";
import type { ClientIdentity } from "../wire/client-identity.ts";

interface StandIn {
  /** ClientIdentity.orderHash. */
  readonly client: number;
  /** The end of the time that the client got. */
  readonly until: MonotonicSeconds;
}

/** Clocks of client and servers go apart a little, and a renewal may have waited in the network while its lease ended. */
const MARGIN_SECONDS: Seconds = RESERVE_MARGIN_SECONDS + MESSAGE_AGE_SECONDS;

/** See the head of this file. */
export class StandIns {
  private startedAt: MonotonicSeconds = Number.POSITIVE_INFINITY;
  /** In the order of their ends. */
  private readonly byAddress = new Map<Ipv4, StandIn>();

  /** The server starts. */
  start(now: MonotonicSeconds): void {
    this.startedAt = now;
  }

  /**
   * Until when the client that renews may keep an address of the other server; 0: it gets no answer. `hold`: seconds
   * for which that server keeps the address after the end of a lease.
   */
  mayKeepUntil(address: Ipv4, client: ClientIdentity, now: MonotonicSeconds, hold: Seconds): MonotonicSeconds {
    if (now < this.startedAt + hold) return 0;
    const known = this.byAddress.get(address);
    if (known !== undefined && now < known.until + MESSAGE_AGE_SECONDS)
      return known.client === client.orderHash && now < known.until ? known.until : 0;
    return this.hasRoom(now) ? now + hold - MARGIN_SECONDS : 0;
  }

  /** Notes that the client gets this answer. */
  promise(address: Ipv4, client: ClientIdentity, until: MonotonicSeconds): void {
    const { byAddress } = this;
    if (byAddress.get(address)?.until === until) return;
    byAddress.delete(address);
    if (byAddress.size >= STAND_INS_MAX) for (const [oldest] of byAddress) if (byAddress.delete(oldest)) break;
    byAddress.set(address, { client: client.orderHash, until });
  }

  private hasRoom(now: MonotonicSeconds): boolean {
    if (this.byAddress.size < STAND_INS_MAX) return true;
    for (const { until } of this.byAddress.values()) return until + MESSAGE_AGE_SECONDS <= now;
    return true;
  }
}
