// Which leases a request asks for: see LeasesRequest and LeasePageRequest.

import { isInNetwork, maskOfLength, parseIpv4 } from "../base/ipv4.ts";
import type { Lease } from "./messages.ts";
import type { LeasePageRequest } from "./requests.ts";

type Test = (lease: Lease) => boolean;

/** The test for a request: all of its members have to hold. */
export function leaseTest({ subnet, states, hardware, name, search }: Omit<LeasePageRequest, "command">): Test {
  const tests: Test[] = [];
  if (subnet !== undefined) tests.push(inSubnet(subnet));
  if (states !== undefined) tests.push(({ state }) => states.includes(state));
  if (hardware !== undefined) tests.push((lease) => lease.hardware.replaceAll(":", "").startsWith(hardware));
  if (name !== undefined) tests.push(named(name.toLowerCase()));
  if (search !== undefined) tests.push(about(search.trim().toLowerCase()));
  return (lease) => tests.every((test) => test(lease));
}

function inSubnet(text: string): Test {
  const [address = "", length] = text.split("/");
  const mask = maskOfLength(Math.min(32, length === undefined ? 32 : Number(length)));
  const network = ((parseIpv4(address) ?? 0) & mask) >>> 0;
  return ({ address: own, subnet }) =>
    isInNetwork(parseIpv4(own) ?? 0, network, mask) ||
    (length === undefined && subnet?.startsWith(`${address}/`) === true);
}

function named(wanted: string): Test {
  return ({ host = "", hostName }) => [host, hostName].some((name) => name.toLowerCase().includes(wanted));
}

/** A hardware address is found however its digits are parted. */
function about(wanted: string): Test {
  const digits = /^[0-9a-f]{2}(?:[:. -]?[0-9a-f]{2})*[:. -]?[0-9a-f]?$/.test(wanted)
    ? wanted.replace(/[:. -]/g, "")
    : undefined;
  return ({ address, hardware, host = "", hostName, circuitId = "", remoteId = "" }) =>
    address.includes(wanted) ||
    [host, hostName, circuitId, remoteId].some((text) => text.toLowerCase().includes(wanted)) ||
    (digits !== undefined && hardware.replaceAll(":", "").includes(digits));
}
