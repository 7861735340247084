// Addresses that no client gets, even if ranges or hosts have them: the routers of a subnet, and the addresses of
// `listen on`. Network and broadcast addresses are cut out where ranges and hosts are read; the addresses of the
// server's own interfaces come and go: engine/own-addresses.ts.

import { getUint32 } from "../../base/bytes.ts";
import { formatIpv4, type Ipv4, isInNetwork } from "../../base/ipv4.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import type { Report } from "../language/source.ts";
import type { AddressAt, RangeParameter } from "../language/syntax.ts";
import type { Network } from "../model/settings.ts";
import { findOption, type Level } from "./levels.ts";
import { without } from "./ranges.ts";

/** An address that is not given. */
export interface NeverGiven extends AddressAt {
  /** Its kind, for a message: "a router of the subnet". */
  readonly what: string;
}

/** The routers inside a network that the scopes of `chains` tell clients of, each once. */
export function routersIn({ network, mask }: Network, chains: Iterable<readonly Level[]>): readonly NeverGiven[] {
  const byAddress = new Map<Ipv4, NeverGiven>();
  for (const chain of chains) {
    const routers = findOption(chain, OptionCode.routers);
    if (routers?.octets === undefined) continue;
    for (let i = 0; i + 4 <= routers.octets.length; i += 4) {
      const address = getUint32(routers.octets, i);
      if (!isInNetwork(address, network, mask) || byAddress.has(address)) continue;
      byAddress.set(address, { address, at: routers.valueAt, what: "a router of the subnet" });
    }
  }
  return [...byAddress.values()];
}

/** Takes addresses out of placed ranges, with a warning for each that was in one. */
export function cutNeverGiven(
  ranges: readonly RangeParameter[],
  addresses: readonly NeverGiven[],
  report: Report,
): readonly RangeParameter[] {
  let parts = ranges;
  for (const one of addresses) {
    const { address } = one;
    parts = parts.flatMap((range) => {
      if (address < range.first || address > range.last) return [range];
      const left = without(range, address, address);
      const rest = left.map(({ first, last }) => `range ${formatIpv4(first)} ${formatIpv4(last)};`);
      report.warning(range.at, `the range includes ${formatIpv4(address)}, ${one.what}: no client gets it`, {
        expected: rest.length === 0 ? "addresses that a client can have" : rest.join(" "),
        related: { at: one.at, message: "it is named here" },
      });
      return left;
    });
  }
  return parts;
}

/** The fixed addresses that a host can have, of all of them; warns of the others. */
export function withoutNeverGiven(
  fixed: readonly AddressAt[],
  addresses: readonly NeverGiven[],
  report: Report,
): readonly AddressAt[] {
  const byAddress = new Map(addresses.map((one) => [one.address, one]));
  return fixed.filter(({ address, at }) => {
    const one = byAddress.get(address);
    if (one === undefined) return true;
    report.warning(at, `the fixed-address ${formatIpv4(address)} is ${one.what}: no client gets it`, {
      expected: "an address that no other machine has",
      related: { at: one.at, message: "it is named here" },
    });
    return false;
  });
}
