// Which leases `anydhcpctl leases` shows.

import { DaemonError } from "../base/daemon-error.ts";
import { isInNetwork, maskOfLength, parseIpv4 } from "../base/ipv4.ts";
import { type Lease, LeaseState } from "../control/messages.ts";

/** The flags, as they were written. */
export interface LeaseFilterFlags {
  readonly subnet?: string | undefined;
  readonly state?: string | undefined;
  readonly hardware?: string | undefined;
  readonly name?: string | undefined;
}

type Test = (lease: Lease) => boolean;

/** The test that the flags ask for: all of them have to hold. Throws DaemonError "usage". */
export function leaseFilter(flags: LeaseFilterFlags): Test {
  const tests: Test[] = [];
  if (flags.subnet !== undefined) tests.push(inSubnet(flags.subnet));
  if (flags.state !== undefined) tests.push(inState(flags.state));
  if (flags.hardware !== undefined) tests.push(ofHardware(flags.hardware));
  if (flags.name !== undefined) tests.push(named(flags.name));
  return (lease) => tests.every((test) => test(lease));
}

/** "192.0.2.0/24", or the address of a configured subnet, or a single address. */
function inSubnet(text: string): Test {
  const [address = "", length, ...more] = text.split("/");
  const network = parseIpv4(address);
  const bits = length === undefined ? 32 : /^\d{1,2}$/.test(length) ? Number(length) : 33;
  if (network === undefined || bits > 32 || more.length > 0)
    throw new DaemonError("usage", `--subnet takes a network like 192.0.2.0/24, or an address, not "${text}"`);
  const mask = maskOfLength(bits);
  return ({ address: own, subnet }) =>
    isInNetwork(parseIpv4(own) ?? 0, (network & mask) >>> 0, mask) ||
    (length === undefined && subnet?.startsWith(`${address}/`) === true);
}

function inState(text: string): Test {
  // "active" is what lease files say.
  const wanted = text.split(",").map((word) => (word === "active" ? "bound" : word));
  const unknown = wanted.find((word) => !LeaseState.safeParse(word).success);
  if (unknown !== undefined)
    throw new DaemonError("usage", `--state: there is no "${unknown}": write one of ${LeaseState.options.join(", ")}`);
  return ({ state }) => wanted.includes(state);
}

/** A hardware address or its beginning, in any of the ways that they are written. */
function ofHardware(text: string): Test {
  const digits = text.toLowerCase().replace(/[:.\- ]/g, "");
  if (!/^[0-9a-f]+$/.test(digits))
    throw new DaemonError("usage", `--hardware takes a hardware address or its beginning, not "${text}"`);
  return ({ hardware }) => hardware.replaceAll(":", "").startsWith(digits);
}

/** Part of a declared or of a client's own name; case does not matter. */
function named(text: string): Test {
  const wanted = text.toLowerCase();
  return ({ host = "", hostName }) => [host, hostName].some((name) => name.toLowerCase().includes(wanted));
}
