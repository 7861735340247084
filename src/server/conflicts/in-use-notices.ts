// The warnings of addresses that hosts without a lease use. One host may answer for a whole network, and each of its
// addresses is found within moments: all of a burst are one line.

import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { IN_USE_NAMED, IN_USE_NOTICE_MS, IN_USE_WAIT_MS } from "../../base/limits/checks.ts";
import type { Clock, MonotonicMilliseconds } from "../../base/time.ts";
import type { Logger } from "../../log.ts";

/** What it needs. */
interface InUsePorts {
  readonly clock: Clock;
  readonly log: Logger;
}

/** See the head of this file. */
export class InUseNotices {
  private readonly ports: InUsePorts;
  /** Found since the last line. */
  private readonly found = new Set<Ipv4>();
  private saidAt: MonotonicMilliseconds = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(ports: InUsePorts) {
    this.ports = ports;
  }

  /** Somebody without a lease has answered for an address. */
  note(address: Ipv4): void {
    this.found.add(address);
    const rest = this.saidAt + IN_USE_NOTICE_MS - this.ports.clock.monotonic();
    this.timer ??= setTimeout(() => this.say(), Math.max(IN_USE_WAIT_MS, rest)).unref();
  }

  /** Logs waiting warnings at the end of the server. */
  stop(): void {
    if (this.timer !== undefined) this.say();
  }

  private say(): void {
    const { clock, log } = this.ports;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.saidAt = clock.monotonic();
    const addresses = [...this.found].sort((a, b) => a - b).map(formatIpv4);
    this.found.clear();
    log.warn(
      { event: "conflict", count: addresses.length, addresses: addresses.slice(0, IN_USE_NAMED) },
      textOf(addresses),
    );
  }
}

function textOf(addresses: readonly string[]): string {
  const [first = ""] = addresses;
  if (addresses.length === 1)
    return `${first} is in use by a host without a lease, which answers a ping or ARP; it is not offered to new clients`;
  const more = addresses.length - IN_USE_NAMED;
  const names = `${addresses.slice(0, IN_USE_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `${addresses.length} addresses are in use by hosts without a lease, which answer a ping or ARP: ${names}; they are not offered to new clients. Find the hosts, or the one that answers for all (proxy ARP); then anydhcpctl forgive ADDRESS`;
}
