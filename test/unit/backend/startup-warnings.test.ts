// What start-up says of kernel settings that lose queries or mislead neighbours.

import { describe, expect, it } from "vitest";
import type { WantedListeners } from "../../../src/backend/backend.ts";
import { planListeners } from "../../../src/backend/listen/listeners.ts";
import { startupWarnings } from "../../../src/backend/startup-warnings.ts";
import { ethernet, loopback, wanted } from "./world.ts";

const ANYCAST = "192.0.2.53";
const INTERFACES = [loopback([`${ANYCAST}/32`]), ethernet(2, "eth0", ["10.0.0.1/24"])];

function warningsFor(wish: WantedListeners, settings: Record<string, string>): readonly string[] {
  return startupWarnings(INTERFACES, planListeners(INTERFACES, wish), wish.addresses, (name) => settings[name]);
}

const GOOD = { "all/arp_ignore": "1\n", "all/arp_announce": "2\n", "all/rp_filter": "0\n", "eth0/rp_filter": "2\n" };

describe("start-up warnings", () => {
  it("are silent where the settings are right", () => {
    expect(warningsFor(wanted({ addresses: [ANYCAST] }), GOOD)).toEqual([]);
  });

  it.each([
    [{ "all/rp_filter": "1" }, true],
    [{ "all/rp_filter": "0", "eth0/rp_filter": "1" }, true],
    [{ "all/rp_filter": "1", "eth0/rp_filter": "2" }, false],
    [{ "all/rp_filter": "2", "eth0/rp_filter": "1" }, false],
  ])("judge rp_filter by the larger of all and the interface: %o", (settings, isSaid) => {
    const warnings = warningsFor(wanted({ addresses: [ANYCAST] }), { ...GOOD, "eth0/rp_filter": "0", ...settings });
    expect(warnings.some((text) => text.startsWith("rp_filter is 1 on eth0"))).toBe(isSaid);
  });

  it("leave rp_filter alone where only direct clients are served", () => {
    expect(warningsFor(wanted({ interfaces: ["eth0"] }), { "all/rp_filter": "1" })).toEqual([]);
  });

  it("tell of ARP defaults that betray an anycast address on lo", () => {
    const settings = {
      "all/arp_ignore": "0",
      "eth0/arp_ignore": "0",
      "all/arp_announce": "0",
      "eth0/arp_announce": "0",
    };
    const warnings = warningsFor(wanted({ addresses: [ANYCAST] }), settings);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain("arp_ignore is 0 on eth0: this host answers ARP for 192.0.2.53");
    expect(warnings[1]).toContain("arp_announce is 0 on eth0");
  });

  it("leave ARP alone for an address that is not on lo", () => {
    const settings = { "eth0/arp_ignore": "0", "eth0/arp_announce": "0" };
    expect(warningsFor(wanted({ addresses: ["10.0.0.1"] }), settings)).toEqual([]);
  });

  it("are silent where the settings cannot be read", () => {
    expect(warningsFor(wanted({ addresses: [ANYCAST], wildcard: false }), {})).toEqual([]);
  });
});
