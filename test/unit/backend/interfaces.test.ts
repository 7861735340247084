// Snapshots of the kernel's dump, and the moment they are taken.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InterfaceMonitor, isSamePicture, snapshotInterfaces } from "../../../src/backend/listen/interfaces.ts";
import { INTERFACE_DEBOUNCE_MS } from "../../../src/base/limits/backend.ts";
import type { NativeInterface } from "../../../src/native/addon.ts";

function dumped(more: Partial<NativeInterface> = {}): NativeInterface {
  return {
    ifindex: 2,
    name: "eth0",
    flags: 0x1043,
    type: 1,
    mtu: 1500,
    kind: "",
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
    addresses: [
      { address: 0x0a000001, prefixLength: 24, secondary: false },
      { address: 0x0a000002, prefixLength: 24, secondary: true },
    ],
    ...more,
  };
}

describe("a snapshot", () => {
  it("translates flags, kind and addresses in the kernel's order", () => {
    expect(snapshotInterfaces([dumped()])).toEqual([
      {
        ifindex: 2,
        name: "eth0",
        up: true,
        running: true,
        loopback: false,
        pointToPoint: false,
        broadcast: true,
        virtual: false,
        hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
        addresses: [
          { address: 0x0a000001, prefixLength: 24, primary: true },
          { address: 0x0a000002, prefixLength: 24, primary: false },
        ],
      },
    ]);
  });

  it.each([
    [{ flags: 0x49 }, { up: true, running: true, loopback: true, broadcast: false }],
    [{ flags: 0x10d1 }, { up: true, pointToPoint: true, broadcast: false }],
    [{ flags: 0x1002 }, { up: false, running: false, broadcast: true }],
    [{ flags: 0x1003 }, { up: true, running: false, broadcast: true }],
    [{ kind: "veth" }, { virtual: true }],
  ])("reads %o", (more, expected) => {
    expect(snapshotInterfaces([dumped(more)])).toMatchObject([expected]);
  });

  it("differs from another when an address or a number does", () => {
    const before = snapshotInterfaces([dumped()]);
    expect(isSamePicture(before, snapshotInterfaces([dumped()]))).toBe(true);
    expect(isSamePicture(before, snapshotInterfaces([dumped({ ifindex: 3 })]))).toBe(false);
    expect(isSamePicture(before, snapshotInterfaces([dumped({ addresses: [] })]))).toBe(false);
  });
});

describe("the monitor", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("reports a burst of changes once, a moment after the first one", () => {
    let change = (): void => undefined;
    const settled = vi.fn();
    new InterfaceMonitor((onChange) => {
      change = onChange;
      return { close: () => undefined };
    }, settled);
    change();
    vi.advanceTimersByTime(INTERFACE_DEBOUNCE_MS - 1);
    change();
    expect(settled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(settled).toHaveBeenCalledTimes(1);
    change();
    vi.advanceTimersByTime(INTERFACE_DEBOUNCE_MS);
    expect(settled).toHaveBeenCalledTimes(2);
  });

  it("is silent once closed", () => {
    const settled = vi.fn();
    const closed = vi.fn();
    const monitor = new InterfaceMonitor(() => ({ close: closed }), settled);
    monitor.poke();
    monitor.close();
    vi.advanceTimersByTime(INTERFACE_DEBOUNCE_MS * 2);
    expect(settled).not.toHaveBeenCalled();
    expect(closed).toHaveBeenCalledTimes(1);
  });
});
