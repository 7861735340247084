import { describe, expect, it } from "vitest";
import { formatDuration } from "../../../src/cli/duration.ts";
import { type LeaseFilterFlags, leasesRequest } from "../../../src/cli/lease-filter.ts";
import { leaseTest } from "../../../src/control/lease-filter.ts";
import type { Lease } from "../../../src/control/messages.ts";
import { LeasesRequest } from "../../../src/control/requests.ts";

const LEASE: Lease = {
  address: "192.0.2.77",
  state: "bound",
  starts: "2026-11-29T10:00:00Z",
  ends: "2026-11-29T11:00:00Z",
  lastTransaction: "2026-11-29T10:00:00Z",
  hardware: "02:aa:00:00:00:01",
  clientId: "",
  hostName: "android-1234",
  agentInformation: "",
  host: "tv",
  reserved: false,
  subnet: "192.0.2.64/26",
};

describe("the leases that are shown [U11]", () => {
  it.each<[LeaseFilterFlags, boolean]>([
    [{}, true],
    [{ subnet: "192.0.2.64/26" }, true],
    [{ subnet: "192.0.2.0/24" }, true],
    [{ subnet: "192.0.2.0/26" }, false],
    [{ subnet: "192.0.2.64" }, true],
    [{ subnet: "192.0.2.77" }, true],
    [{ subnet: "192.0.2.78" }, false],
    [{ subnet: "0.0.0.0/0" }, true],
    [{ state: "bound" }, true],
    [{ state: "active" }, true],
    [{ state: "expired,released" }, false],
    [{ hardware: "02:aa:00:00:00:01" }, true],
    [{ hardware: "02-AA" }, true],
    [{ hardware: "02aa.0000.0001" }, true],
    [{ hardware: "aa" }, false],
    [{ name: "TV" }, true],
    [{ name: "android" }, true],
    [{ name: "printer" }, false],
    [{ name: "tv", state: "expired" }, false],
  ])("%j: %s", (flags, isShown) => {
    const request = LeasesRequest.parse(leasesRequest(flags));
    expect(leaseTest(request)(LEASE)).toBe(isShown);
  });

  it.each<[LeaseFilterFlags, string]>([
    [{ subnet: "192.0.2.0/33" }, '--subnet takes a network like 192.0.2.0/24, or an address, not "192.0.2.0/33"'],
    [{ subnet: "lan" }, '--subnet takes a network like 192.0.2.0/24, or an address, not "lan"'],
    [
      { state: "leased" },
      '--state: there is no "leased": write one of free, offered, bound, expired, released, abandoned',
    ],
    [{ hardware: "tv" }, '--hardware takes a hardware address or its beginning, not "tv"'],
  ])("%j is refused", (flags, message) => {
    expect(() => leasesRequest(flags)).toThrow(message);
  });
});

it.each([
  [0.4, "0 s"],
  [59.9, "59 s"],
  [2460, "41 min"],
  [7199, "119 min"],
  [7200, "2 h 0 min"],
  [172_799, "47 h 59 min"],
  [273_600, "3 d 4 h"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
