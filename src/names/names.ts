// The names of clients in the DNS, kept in step with the leases: in a hosts file, in zones that the server updates, or
// both. It is loaded only where the configuration asks for names.

import { formatIpv4 } from "../base/ipv4.ts";
import { DNS_PAST_SECONDS, DNS_UPDATE_COST_MS, NAMES_LOOK_MS } from "../base/limits/names.ts";
import type { Pace } from "../base/pace.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import { BindingState } from "../lease/lease.ts";
import type { Logger } from "../log.ts";
import type { Updater } from "./dns/updater.ts";
import { HostsFile } from "./hosts-file.ts";
import { type NameFeed, NameFollower } from "./name-follower.ts";
import { NameTable, type Refused } from "./name-table.ts";
import { Notices } from "./notices.ts";
import { type NamedLease, reservedWishes, type Wish, wishOfLease } from "./wish.ts";

/** Its parts. */
export interface NamesParts {
  readonly config: Config;
  readonly feed: NameFeed;
  readonly pace: Pace;
  readonly now: () => EpochSeconds;
  readonly log: Logger;
}

/** The part that updates zones, loaded only where there are some. */
interface DnsPart {
  readonly updater: Updater;
  readonly nameOf: (wish: Wish, lease: NamedLease) => Wish["dns"];
}

/** Starts to keep the names of a configuration that asks for them. */
export async function keepNames(parts: NamesParts): Promise<Names> {
  const table = new NameTable();
  return new Names(parts, table, parts.config.zones === undefined ? undefined : await dnsPart(parts, table));
}

async function dnsPart({ config, log, pace }: NamesParts, table: NameTable): Promise<DnsPart> {
  const [{ Updater }, { sendUpdate }, { dnsNameOf }] = await Promise.all([
    import("./dns/updater.ts"),
    import("./dns/zone-server.ts"),
    import("./dns/dns-name.ts"),
  ]);
  const wanted = (address: number): Wish["dns"] => table.given(address)?.dns;
  const send: typeof sendUpdate = (zone, update) => {
    pace.charge(DNS_UPDATE_COST_MS);
    return sendUpdate(zone, update);
  };
  const updater = new Updater({ zones: config.zones ?? [], wanted, send, log, pace });
  return { updater, nameOf: dnsNameOf };
}

/** The names of one server, from when it serves to its end. */
export class Names {
  private readonly parts: NamesParts;
  private readonly table: NameTable;
  private readonly dns: DnsPart | undefined;
  private readonly file: HostsFile | undefined;
  private readonly follower: NameFollower;
  /** Until all leases have been looked at once. */
  private isStarting = true;
  /** What holds for names that have not changed themselves may have changed. */
  private hasNewConfig = false;
  private refused = 0;
  private readonly notices = new Notices();

  constructor(parts: NamesParts, table: NameTable, dns: DnsPart | undefined) {
    const { config, feed, pace, log } = parts;
    this.parts = parts;
    this.table = table;
    this.dns = dns;
    table.onRefused = (refused) => this.sayRefused(refused);
    if (config.hostsFile !== undefined) this.file = new HostsFile(config.hostsFile, table, log, pace);
    table.reserve(reservedWishes(config));
    this.follower = new NameFollower({
      ...{ feed, pace, table },
      wishOf: (lease) => this.wishOf(lease),
      onChange: (isLookOver) => this.noteChange(isLookOver),
      // Other servers' changes of leases raise no events.
      lookEvery: config.cluster === undefined ? 0 : NAMES_LOOK_MS,
    });
  }

  /** Another configuration is in force. */
  useConfig(config: Config): void {
    this.dns?.updater.useZones(config.zones ?? []);
    this.table.reserve(reservedWishes(config));
    this.hasNewConfig = true;
    this.follower.lookAtAll();
  }

  /** For the status page. */
  get counters(): Readonly<Record<string, number>> {
    const { refused, file, dns } = this;
    return {
      "names-refused": refused,
      "names-waiting": this.parts.feed.waiting,
      ...(file !== undefined && { "hosts-file-writes": file.writes, "hosts-file-failures": file.failures }),
      ...(dns !== undefined && { ...dns.updater.counters, "dns-updates-waiting": dns.updater.waiting }),
    };
  }

  private wishOf(lease: NamedLease): Wish | undefined {
    const { dns } = this;
    const wish = wishOfLease(lease);
    if (dns === undefined) return wish;
    if (wish !== undefined) return { ...wish, dns: dns.nameOf(wish, lease) };
    if (this.isStarting) this.assumePast(lease, dns);
    return undefined;
  }

  /** A lease that has ended while no server was there to remove its name. */
  private assumePast(lease: NamedLease, dns: DnsPart): void {
    const { state, endsAt } = lease.record;
    const isPast = state === BindingState.expired || state === BindingState.released;
    if (!isPast || endsAt < this.parts.now() - DNS_PAST_SECONDS) return;
    const before = { ...lease, record: { ...lease.record, state: BindingState.bound } };
    const wish = wishOfLease(before);
    const name = wish && dns.nameOf(wish, before);
    if (name !== undefined) dns.updater.assume(name);
  }

  /**
   * Until the first look at all leases is over, or the first by another configuration, it is uncertain which client
   * gets a name.
   */
  private noteChange(isLookOver: boolean): void {
    if (!isLookOver && (this.isStarting || this.hasNewConfig)) return;
    const changed = this.table.takeChanged();
    this.file?.note();
    if (this.dns !== undefined) {
      const { updater } = this.dns;
      // After a look at all leases they may be many.
      if (isLookOver) updater.noteAll(changed, changed.size);
      else for (const address of changed) updater.note(address);
      if (this.hasNewConfig) updater.noteAll(this.table.leasedAddresses(), this.table.leasedCount);
    }
    this.isStarting = false;
    this.hasNewConfig = false;
  }

  /** Clients choose their names: they must not be able to fill the log. */
  private sayRefused({ wish, holder }: Refused): void {
    this.refused++;
    if (!this.notices.take()) return;
    const owner = holder.isReserved ? "which the configuration gives it to" : "which had it first";
    const address = formatIpv4(wish.address);
    this.parts.log.info(
      { event: "names", address, name: wish.name },
      `${address} does not get the name ${wish.name}: it belongs to ${formatIpv4(holder.address)}, ${owner}`,
    );
  }
}
