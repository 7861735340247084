// The kernel's interfaces and IPv4 addresses as snapshots, and when to take the next one.
//
// Sockets say nothing when their address or device goes, so the netlink watch keeps the daemon's picture true. It uses
// no content of events: it collects them for a moment, then dumps the whole table (a lost event cannot make it wrong).
// Everything is keyed by ifindex: a device that comes back under its old name has a new one.

import type { Interface } from "../../base/interface.ts";
import { INTERFACE_DEBOUNCE_MS } from "../../base/limits/backend.ts";
import type { Closable, NativeInterface } from "../../native/addon.ts";

// linux/if.h
const IFF_UP = 0x1;
const IFF_BROADCAST = 0x2;
const IFF_LOOPBACK = 0x8;
const IFF_POINTOPOINT = 0x10;
const IFF_RUNNING = 0x40;

/** Translates the kernel's dump; the order of interfaces and addresses stays the kernel's. */
export function snapshotInterfaces(dump: readonly NativeInterface[]): readonly Interface[] {
  return dump.map((entry) => ({
    ifindex: entry.ifindex,
    name: entry.name,
    up: (entry.flags & IFF_UP) !== 0,
    running: (entry.flags & IFF_UP) !== 0 && (entry.flags & IFF_RUNNING) !== 0,
    loopback: (entry.flags & IFF_LOOPBACK) !== 0,
    pointToPoint: (entry.flags & IFF_POINTOPOINT) !== 0,
    broadcast: (entry.flags & IFF_BROADCAST) !== 0,
    virtual: entry.kind !== "",
    hardwareAddress: Uint8Array.from(entry.hardwareAddress),
    addresses: entry.addresses.map(({ address, prefixLength, secondary }) => ({
      address,
      prefixLength,
      primary: !secondary,
    })),
  }));
}

/** Whether two snapshots say the same. */
export function isSamePicture(before: readonly Interface[], after: readonly Interface[]): boolean {
  return fingerprint(before) === fingerprint(after);
}

function fingerprint(interfaces: readonly Interface[]): string {
  return JSON.stringify(interfaces.map((entry) => ({ ...entry, hardwareAddress: [...entry.hardwareAddress] })));
}

/** Calls `onSettled` once for all changes of a short while (INTERFACE_DEBOUNCE_MS after the first one). */
export class InterfaceMonitor {
  private readonly watch: Closable;
  private readonly onSettled: () => void;
  private timer: NodeJS.Timeout | undefined;

  /** `openWatch` starts the watch; its errors come through. */
  constructor(openWatch: (onChange: () => void) => Closable, onSettled: () => void) {
    this.onSettled = onSettled;
    this.watch = openWatch(() => this.poke());
  }

  /** As if the kernel had told of a change: `onSettled` is called in a moment. */
  poke(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.onSettled();
    }, INTERFACE_DEBOUNCE_MS);
  }

  /** Ends the watch; `onSettled` is not called any more. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.watch.close();
  }
}
