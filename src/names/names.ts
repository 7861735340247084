// The names of clients in the DNS, kept by what happens to leases. It is loaded only where the configuration asks for names.

import { formatIpv4 } from "../base/ipv4.ts";
import { NAME_NOTICES_MAX, NAME_NOTICES_MS } from "../base/limits/names.ts";
import type { Milliseconds } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import type { Logger } from "../log.ts";
import { HostsFile } from "./hosts-file.ts";
import { type NameFeed, NameFollower } from "./name-follower.ts";
import { NameTable, type Refused } from "./name-table.ts";
import { type NamedLease, reservedWishes } from "./wish.ts";

/** What it is made of. */
export interface NamesParts {
  readonly config: Config;
  readonly feed: NameFeed;
  readonly leases: () => Iterable<NamedLease>;
  readonly log: Logger;
}

/** Other servers of a cluster give leases too, of which there are no events: all leases are looked at so often. */
const LOOK_MS: Milliseconds = 2000;

/** Of one server, from when it serves to its end. */
export class Names {
  private readonly log: Logger;
  private readonly table = new NameTable((refused) => this.sayRefused(refused));
  private readonly file: HostsFile | undefined;
  private readonly follower: NameFollower;
  private refused = 0;
  private notices = 0;
  /** Milliseconds of the monotonic clock. */
  private noticesFrom = 0;

  constructor({ config, feed, leases, log }: NamesParts) {
    this.log = log;
    if (config.hostsFile !== undefined) this.file = new HostsFile(config.hostsFile, this.table, log);
    this.table.reserve(reservedWishes(config));
    const lookEvery = config.cluster === undefined ? 0 : LOOK_MS;
    this.follower = new NameFollower({ feed, leases, table: this.table, onChange: () => this.noteChange(), lookEvery });
  }

  /** Another configuration is in force. */
  useConfig(config: Config): void {
    this.table.reserve(reservedWishes(config));
    this.follower.lookAtAll();
  }

  /** For the status page. */
  get counters(): Readonly<Record<string, number>> {
    const { refused, file } = this;
    const counts = { "names-refused": refused };
    return file === undefined
      ? counts
      : { ...counts, "hosts-file-writes": file.writes, "hosts-file-failures": file.failures };
  }

  private noteChange(): void {
    this.table.takeChanged();
    this.file?.note();
  }

  /** Clients choose their names: they must not be able to fill the log. */
  private sayRefused({ wish, holder }: Refused): void {
    this.refused++;
    const now = performance.now();
    if (now - this.noticesFrom >= NAME_NOTICES_MS) {
      this.noticesFrom = now;
      this.notices = 0;
    }
    if (this.notices++ >= NAME_NOTICES_MAX) return;
    const owner = holder.isReserved ? "which the configuration gives it to" : "which had it first";
    const address = formatIpv4(wish.address);
    this.log.info(
      { event: "names", address, name: wish.name },
      `${address} does not get the name ${wish.name}: it belongs to ${formatIpv4(holder.address)}, ${owner}`,
    );
  }
}
