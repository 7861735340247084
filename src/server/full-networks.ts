// Networks in which new clients get no address: one warning with figures for each, a minute apart at least, and one line
// when it is over. A single refusal is an ordinary line of the message log.

import { formatIpv4 } from "../base/ipv4.ts";
import { FULL_LOOK_MS, FULL_NOTICE_MS } from "../base/limits/server.ts";
import type { Clock } from "../base/time.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState } from "../lease/lease.ts";
import type { Logger } from "../log.ts";

/** What it looks at. */
export interface FullNetworksParts {
  readonly serving: Serving;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How many addresses of a network's pools are what. */
interface Figures {
  readonly addresses: number;
  readonly leased: number;
  readonly offered: number;
  readonly abandoned: number;
  /** Never used, expired or released. */
  readonly free: number;
}

interface FullNetwork {
  saidAtMs: number;
  refusedAtMs: number;
  /** Refusals since it was said. */
  refused: number;
  /** The log has said that no address is free, and not yet that one is free again. */
  isFull: boolean;
}

/** See the head of this file. */
export class FullNetworks {
  private readonly parts: FullNetworksParts;
  /** By position of the shared network. */
  private readonly networks = new Map<number, FullNetwork>();
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: FullNetworksParts) {
    this.parts = parts;
  }

  /** A client on this link (shared network) was refused, because no address was left for it. */
  refused(link: number): void {
    const now = this.parts.clock.monotonic();
    const known = this.networks.get(link);
    if (known !== undefined) {
      known.refused += 1;
      known.refusedAtMs = now;
      if (now - known.saidAtMs < FULL_NOTICE_MS) return;
    }
    const figures = this.figuresOf(link);
    if (figures.addresses === 0) return;
    const refused = known?.refused ?? 1;
    this.networks.set(link, { saidAtMs: now, refusedAtMs: now, refused: 0, isFull: figures.free === 0 });
    this.timer ??= setInterval(() => this.warnOfFull(), FULL_LOOK_MS).unref();
    const network = this.nameOf(link);
    const fields = { event: "full", network, ...figures, refused };
    this.parts.log.warn(fields, `${network}: ${sentenceOf(figures)}`);
  }

  /** Forgets all: the configuration is another one, or the end has come. */
  clear(): void {
    this.networks.clear();
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private warnOfFull(): void {
    const now = this.parts.clock.monotonic();
    for (const [link, network] of this.networks) {
      if (network.isFull) this.sayIfOver(link, network);
      // A message counts for its minute, so that a network on the brink does not fill the log.
      if (!network.isFull && now - Math.max(network.saidAtMs, network.refusedAtMs) >= FULL_NOTICE_MS) {
        this.networks.delete(link);
      }
    }
    if (this.networks.size === 0) this.clear();
  }

  private sayIfOver(link: number, full: FullNetwork): void {
    const figures = this.figuresOf(link);
    if (figures.free === 0) return;
    full.isFull = false;
    const network = this.nameOf(link);
    const { free, addresses } = figures;
    const fields = { event: "full-over", network, ...figures, refused: full.refused };
    this.parts.log.info(
      fields,
      `${network}: ${free} of ${addresses} addresses ${free === 1 ? "is" : "are"} free again`,
    );
  }

  private figuresOf(link: number): Figures {
    const { table } = this.parts.serving;
    const figures = { addresses: 0, leased: 0, offered: 0, abandoned: 0, free: 0 };
    for (const { index, sharedNetwork, reserved } of table.pools) {
      if (sharedNetwork !== link || reserved) continue;
      const count = (state: BindingState): number => table.countInPool(index, state);
      figures.leased += count(BindingState.bound);
      figures.offered += count(BindingState.offered);
      figures.abandoned += count(BindingState.abandoned);
      figures.free += count(BindingState.free) + count(BindingState.expired) + count(BindingState.released);
    }
    // Addresses that no client may get, such as our own, are in none of these.
    figures.addresses = figures.leased + figures.offered + figures.abandoned + figures.free;
    return figures;
  }

  /** A subnet as address and prefix length; a network of several by its name. */
  private nameOf(link: number): string {
    const { config } = this.parts.serving;
    const network = config.sharedNetworks[link];
    const subnet = config.subnets[network?.subnets[0] ?? -1];
    if (network === undefined || subnet === undefined) return "a network";
    if (network.subnets.length > 1) return `shared network ${network.name}`;
    return `${formatIpv4(subnet.network)}/${subnet.prefixLength}`;
  }
}

function sentenceOf({ addresses, leased, offered, abandoned, free }: Figures): string {
  if (free > 0) return `a new client may use none of the addresses that are free (${free} of ${addresses})`;
  const how = leased === addresses ? "leased" : `taken (${leased} leased, ${offered} offered, ${abandoned} abandoned)`;
  const what = addresses === 1 ? "the only address is" : `all ${addresses} addresses are`;
  const advice = abandoned === 0 ? "" : "; other hosts use the abandoned ones: see anydhcpctl leases --state abandoned";
  return `${what} ${how}; new clients get no address until one is free${advice}`;
}
