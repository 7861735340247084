import { describe, expect, it } from "vitest";
import { formatIpv4 } from "../../../src/base/ipv4.ts";
import { poolsOf } from "../../../src/lease/pools.ts";
import { configOf } from "../../support/config-text.ts";

function describePools(text: string): string[] {
  return poolsOf(configOf(text)).map(({ index, subnet, sharedNetwork, reserved, ranges }) => {
    const written = ranges.map(({ first, last }) => `${formatIpv4(first)}-${formatIpv4(last)}`).join(" ");
    return `${index}: subnet ${subnet} link ${sharedNetwork}${reserved ? " reserved" : ""} ${written}`;
  });
}

describe("poolsOf", () => {
  it("makes a pool of each subnet's ranges and one of its reserved addresses, neighbours joined", () => {
    const text = `
      subnet 10.0.0.0 netmask 255.255.255.0 {
        range 10.0.0.10 10.0.0.20;
        range 10.0.0.30 10.0.0.31;
        host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.12, 10.0.0.11, 10.0.0.5; }
      }
      shared-network x {
        subnet 10.0.2.0 netmask 255.255.255.128 { range 10.0.2.1; }
        subnet 10.0.1.0 netmask 255.255.255.0 { }
      }
      subnet 10.0.3.0 netmask 255.255.255.0 { }
      host b { hardware ethernet 2:0:0:0:0:2; fixed-address 10.0.1.7, 10.0.3.1; }`;
    expect(describePools(text)).toEqual([
      "0: subnet 0 link 1 10.0.2.1-10.0.2.1",
      "1: subnet 1 link 0 10.0.0.10-10.0.0.10 10.0.0.13-10.0.0.20 10.0.0.30-10.0.0.31",
      "2: subnet 1 link 0 reserved 10.0.0.5-10.0.0.5 10.0.0.11-10.0.0.12",
      "3: subnet 2 link 1 reserved 10.0.1.7-10.0.1.7",
      "4: subnet 3 link 2 reserved 10.0.3.1-10.0.3.1",
    ]);
  });

  it("makes none of a subnet without addresses to give", () => {
    expect(describePools("subnet 10.0.0.0 netmask 255.255.255.0 { }")).toEqual([]);
  });
});
