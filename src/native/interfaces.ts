// The kernel's tables of interfaces and neighbours, by netlink, and word of changes.

import { addon, type Closable, type NativeInterface } from "./addon.ts";
import { requireFunction } from "./checks.ts";
import { NeighbourTable } from "./rows.ts";

/** Tells of changes of links and IPv4 addresses, without content: ask listInterfaces(). */
export class InterfaceWatch {
  readonly #watch: Closable;

  /** `onChange` is called once for all changes that have queued up; also when the kernel had to drop some. Throws SystemError. */
  constructor(onChange: () => void) {
    requireFunction(onChange, "onChange");
    this.#watch = new (addon().InterfaceWatch)(onChange);
  }

  /** Ends the watching; no callback comes after it. A second call does nothing. */
  close(): void {
    this.#watch.close();
  }
}

/** All interfaces of this network namespace with their IPv4 addresses, by a netlink dump. Throws SystemError. */
export function listInterfaces(): NativeInterface[] {
  return addon().listInterfaces();
}

/** The kernel's neighbour table for IPv4, on all interfaces. Throws SystemError. */
export function listNeighbours(): NeighbourTable {
  return new NeighbourTable(addon().listNeighbours());
}
