// The likeliest cause why a query did not reach a socket, from what is known of interfaces, listeners and
// settings.

import { describe, expect, it } from "vitest";
import { type DropCause, type DropPicture, describeCause, dropCause } from "../../../src/backend/drop-cause.ts";
import type { Interface } from "../../../src/base/interface.ts";
import { Interfaces } from "../../../src/base/interfaces.ts";
import { IPV4_BROADCAST, IPV4_NONE } from "../../../src/base/ipv4.ts";
import { ip } from "../../support/message-builder.ts";

const link = (ifindex: number, name: string, address: string): Interface => ({
  ifindex,
  name,
  up: true,
  running: true,
  loopback: false,
  pointToPoint: false,
  broadcast: true,
  virtual: false,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, ifindex),
  addresses: [{ address: ip(address), prefixLength: 24, primary: true }],
});
const interfaces = [link(2, "lan0", "10.1.0.1"), link(3, "up0", "10.2.0.1")];

function picture(bound: readonly number[], settings: Readonly<Record<string, string>> = {}): DropPicture {
  return { interfaces: new Interfaces(1, interfaces), bound: new Set(bound), read: (name) => settings[name] };
}

const BOUND = [ip("10.1.0.1"), ip("10.2.0.1"), IPV4_BROADCAST];
const STRICT = { "all/rp_filter": "1\n", "lan0/rp_filter": "0\n" };

describe("the cause of a loss", () => {
  it.each<[string, DropCause, string, string, Readonly<Record<string, string>>]>([
    ["a client's broadcast", "firewall", "0.0.0.0", "255.255.255.255", STRICT],
    ["a client's renewal", "firewall", "10.1.0.9", "10.1.0.1", STRICT],
    ["a relay from afar, loosely filtered", "firewall", "172.16.0.1", "10.1.0.1", { "all/rp_filter": "2\n" }],
    ["a relay from afar, not filtered", "firewall", "172.16.0.1", "10.1.0.1", {}],
    ["a relay from afar, strictly filtered", "rp-filter", "172.16.0.1", "10.1.0.1", STRICT],
    ["a source that is on another link, strictly filtered", "rp-filter", "10.2.0.9", "10.1.0.1", STRICT],
    ["no source but a single address", "bad-source", "0.0.0.0", "10.1.0.1", STRICT],
    ["a source of ours", "bad-source", "10.2.0.1", "10.1.0.1", STRICT],
    ["a loopback source", "bad-source", "127.0.0.1", "10.1.0.1", {}],
    ["a multicast source", "bad-source", "224.0.0.1", "255.255.255.255", {}],
    ["a network's broadcast address", "no-listener", "10.1.0.9", "10.1.0.255", STRICT],
  ])("of %s: %s", (_what, expected, source, destination, settings) => {
    expect(dropCause(picture(BOUND, settings), ip(source), ip(destination), 2)).toBe(expected);
  });

  it("is nothing about listeners where one hears everything", () => {
    expect(dropCause(picture([IPV4_NONE]), ip("10.1.0.9"), ip("10.1.0.255"), 2)).toBe("firewall");
  });

  it("says what to do, each time", () => {
    const causes: readonly DropCause[] = ["no-listener", "bad-source", "rp-filter", "firewall"];
    const texts = causes.map((cause) => describeCause(cause, ip("10.1.0.1"), "lan0"));
    expect(new Set(texts).size).toBe(causes.length);
    expect(texts[0]).toContain("-u10.1.0.1");
    expect(texts[2]).toContain("net.ipv4.conf.{all,lan0}.rp_filter");
  });
});
