// The feed that names follow (src/names/name-follower.ts): the server's leases as they are now, and which of them have
// changed.

import type { Ipv4 } from "../base/ipv4.ts";
import { BindingState } from "../lease/lease.ts";
import { stateBefore } from "../lease/table/change-under-way.ts";
import { NO_LEASE } from "../lease/table/table.ts";
import { durableLease, type PlacedLease } from "./lease-figures.ts";
import type { Server } from "./server.ts";

/** Names do not depend on interfaces. */
const NOWHERE = (): undefined => undefined;

/** The feed of a running server; there can be one. */
export class ServerNameFeed {
  private readonly server: Pick<Server, "serving" | "events" | "leases">;

  constructor(server: Pick<Server, "serving" | "events" | "leases">) {
    this.server = server;
  }

  get waiting(): number {
    return this.server.events.changes.waiting;
  }

  takeChanged(): Ipv4 | undefined {
    return this.server.events.changes.take();
  }

  leaseOf(address: Ipv4): PlacedLease | undefined {
    const { serving } = this.server;
    const slot = serving.table.slotOf(address);
    return slot === NO_LEASE ? undefined : durableLease(slot, serving, NOWHERE);
  }

  isLeased(address: Ipv4): boolean {
    const { table } = this.server.serving;
    const slot = table.slotOf(address);
    if (slot === NO_LEASE) return false;
    return (table.isPending(slot) ? stateBefore(table, slot) : table.state(slot)) === BindingState.bound;
  }

  leases(): Iterable<PlacedLease> {
    return this.server.leases();
  }

  follow(wake: (isReload: boolean) => void): void {
    this.server.events.changes.follow(wake);
  }
}
