// Log messages about the clocks of a cluster, once when a trouble begins and once when it is over.

import type { Clock } from "../../base/time.ts";
import type { StoreNotice } from "../store.ts";
import type { ClockTrust } from "./clock-trust.ts";

const MS_PER_SECOND = 1000;

/** See the head of this file. */
export class ClockNotices {
  private readonly clocks: ClockTrust;
  private readonly clock: Clock;
  private readonly notify: (notice: StoreNotice) => void;
  private saidDoubted = false;
  private saidDiffering = "";

  constructor(clocks: ClockTrust, clock: Clock, notify: (notice: StoreNotice) => void) {
    this.clocks = clocks;
    this.clock = clock;
    this.notify = notify;
  }

  /** Logs changes since the last call. */
  say(): void {
    const { isDoubted, differing } = this.clocks;
    const own = `this server's is ${new Date(this.clock.wall() * MS_PER_SECOND).toISOString()}`;
    if (isDoubted !== this.saidDoubted) {
      this.saidDoubted = isDoubted;
      if (!isDoubted) this.notify({ level: "info", message: "cluster: this server's clock can be trusted again" });
      else
        this.error(
          `cluster: this server's clock was set, or differs from those of the others (${own}): it stores and renews no ` +
            "lease until other servers' clocks agree with it; set the clock, or, if it is right and no other server runs, " +
            "restart this one",
        );
    }
    const off = [...differing].map(([name, ahead]) => `${name} by ${Math.round(-ahead)} seconds`).join(", ");
    if (off === this.saidDiffering) return;
    this.saidDiffering = off;
    if (off === "") this.notify({ level: "info", message: "cluster: the clocks of the servers agree again" });
    else
      this.error(
        `cluster: the clocks of servers differ (${own}; ahead of it: ${off}): no address of an ended lease is given to ` +
          "another client until they agree; set the clocks",
      );
  }

  private error(message: string): void {
    this.notify({ level: "error", message });
  }
}
