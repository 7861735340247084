// Ranges of a subnet: inside it, without its network and broadcast address, none overlapping
// another, and without the addresses that are fixed for hosts.

import { broadcastOf, formatIpv4, type Ipv4, isInNetwork } from "../../base/ipv4.ts";
import { lastAtMost } from "../../base/search.ts";
import type { Report } from "../language/source.ts";
import type { AddressAt, ExcludeParameter, RangeParameter } from "../language/syntax.ts";
import type { AddressRange } from "../model/model.ts";
import type { Network } from "../model/settings.ts";

/** Addresses of all ranges together: one table slot each (lease/table/table.ts), of about 60 octets. */
export const RANGE_ADDRESSES_MAX = 2 ** 24;

/** A subnet as it is declared. */
export interface DeclaredSubnet extends Network {
  readonly prefixLength: number;
  readonly at: number;
  /** Position of its shared network. */
  readonly sharedNetwork: number;
}

/** The usable ranges of a subnet, sorted by address. Wrong ranges are reported and left out. */
export function placeRanges(
  subnet: DeclaredSubnet,
  ranges: readonly RangeParameter[],
  report: Report,
): readonly RangeParameter[] {
  const placed: RangeParameter[] = [];
  for (const range of ranges) {
    const usable = fitRange(subnet, range, report);
    if (usable !== undefined) placed.push(usable);
  }
  placed.sort((a, b) => a.first - b.first || a.at - b.at);
  return withoutOverlaps(placed, report);
}

function fitRange(subnet: DeclaredSubnet, range: RangeParameter, report: Report): RangeParameter | undefined {
  const { network, mask, prefixLength } = subnet;
  const broadcast = broadcastOf(network, mask);
  const outside = [range.first, range.last].find((address) => !isInNetwork(address, network, mask));
  if (outside !== undefined) {
    const inside = prefixLength < 31 ? [network + 1, broadcast - 1] : [network, broadcast];
    return report.error(range.at, `${formatIpv4(outside)} is not in the subnet of this range`, {
      expected: `addresses from ${formatIpv4(inside[0] ?? 0)} to ${formatIpv4(inside[1] ?? 0)}`,
      related: { at: subnet.at, message: `the subnet is ${formatIpv4(network)}/${prefixLength}` },
    });
  }
  // On a /31 both addresses are hosts' (RFC 3021).
  if (prefixLength >= 31) return range;
  const first = range.first === network ? network + 1 : range.first;
  const last = range.last === broadcast ? broadcast - 1 : range.last;
  if (first === range.first && last === range.last) return range;
  const cut = [first > range.first ? "network" : "", last < range.last ? "broadcast" : ""].filter(
    (word) => word !== "",
  );
  const message = `the range includes the ${cut.join(" and the ")} address of the subnet`;
  if (first > last)
    return report.error(range.at, `${message}, and nothing else`, { expected: "addresses that a client can have" });
  const rest = `range ${formatIpv4(first)} ${formatIpv4(last)};`;
  report.warning(range.at, `${message}: no client gets it`, { expected: rest });
  return { ...range, first, last };
}

function withoutOverlaps(sorted: readonly RangeParameter[], report: Report): readonly RangeParameter[] {
  const kept: RangeParameter[] = [];
  for (const range of sorted) {
    const before = kept.at(-1);
    if (before === undefined || range.first > before.last) {
      kept.push(range);
      continue;
    }
    const [earlier, later] = before.at < range.at ? [before, range] : [range, before];
    const last = Math.min(before.last, range.last);
    const common =
      last === range.first
        ? `${formatIpv4(last)} is in both`
        : `${formatIpv4(range.first)} to ${formatIpv4(last)} are in both`;
    report.error(later.at, `this range overlaps another: ${common}`, {
      expected: "every address in one range only",
      related: { at: earlier.at, message: "the other range, declared first" },
    });
    // The range that reaches farther finds the other overlaps.
    if (range.last > before.last) kept[kept.length - 1] = range;
  }
  return kept;
}

/** Takes excluded addresses out of placed ranges. The parts keep the place of their range. */
export function cutExcluded(
  ranges: readonly RangeParameter[],
  excluded: readonly ExcludeParameter[],
): readonly RangeParameter[] {
  let parts = ranges;
  for (const { first, last } of excluded) {
    parts = parts.flatMap((range) => without(range, first, last));
  }
  return parts;
}

/** The rest of a range without the addresses from `first` to `last`. */
export function without(range: RangeParameter, first: Ipv4, last: Ipv4): readonly RangeParameter[] {
  if (last < range.first || first > range.last) return [range];
  const before = first > range.first ? [{ ...range, last: first - 1 }] : [];
  return last < range.last ? [...before, { ...range, first: last + 1 }] : before;
}

/** Takes fixed addresses (sorted) out of placed ranges, with a notice for each range concerned. */
export function cutReserved(
  ranges: readonly RangeParameter[],
  reserved: readonly AddressAt[],
  report: Report,
): readonly AddressRange[] {
  const parts: AddressRange[] = [];
  for (const range of ranges) {
    const { dynamicBootp } = range;
    const at = report.source.place(range.at);
    const behind = (last: Ipv4): number => lastAtMost(reserved.length, (i) => reserved[i]?.address ?? 0, last) + 1;
    const inside = reserved.slice(behind(range.first - 1), behind(range.last));
    let first = range.first;
    for (const { address } of inside) {
      if (address > first) parts.push({ first, last: address - 1, dynamicBootp, at });
      first = address + 1;
    }
    if (first <= range.last) parts.push({ first, last: range.last, dynamicBootp, at });
    noticeReserved(range, inside, report);
  }
  return parts;
}

function noticeReserved(range: RangeParameter, inside: readonly AddressAt[], report: Report): void {
  const [one] = inside;
  if (one === undefined) return;
  const address = formatIpv4(one.address);
  const message =
    inside.length === 1
      ? `${address} is taken out of this range: it is the fixed-address of a host`
      : `${inside.length} addresses are taken out of this range: they are fixed-addresses of hosts, ${address} is the first`;
  report.notice(range.at, message, { related: { at: one.at, message: `fixed-address ${address}` } });
}

/** Reports the range with which the addresses of all ranges become too many, if there is one. */
export function checkTotal(ranges: readonly RangeParameter[], report: Report): void {
  let total = 0;
  for (const range of ranges) {
    total += range.last - range.first + 1;
    if (total <= RANGE_ADDRESSES_MAX) continue;
    report.error(range.at, "with this range the configuration has too many addresses to give out", {
      expected: `at most ${RANGE_ADDRESSES_MAX} in all ranges together`,
    });
    return;
  }
}
