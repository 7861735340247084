// Which leases `anydhcpctl leases` shows.

import { DaemonError } from "../base/daemon-error.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import { LeaseState } from "../control/messages.ts";
import type { LeasesRequest } from "../control/requests.ts";

/** The flags, as they were written. */
export interface LeaseFilterFlags {
  readonly subnet?: string | undefined;
  readonly state?: string | undefined;
  readonly hardware?: string | undefined;
  readonly name?: string | undefined;
}

/** The filter that the flags ask for. Throws DaemonError "usage". */
export function leasesRequest(flags: LeaseFilterFlags): LeasesRequest {
  const { subnet, state, hardware, name } = flags;
  return {
    command: "leases",
    ...(subnet !== undefined && { subnet: readSubnet(subnet) }),
    ...(state !== undefined && { states: readStates(state) }),
    ...(hardware !== undefined && { hardware: readHardware(hardware) }),
    ...(name !== undefined && { name }),
  };
}

/** "192.0.2.0/24", or the address of a configured subnet, or a single address. */
function readSubnet(text: string): string {
  const [address = "", length, ...more] = text.split("/");
  const isLength = length === undefined || (/^\d{1,2}$/.test(length) && Number(length) <= 32);
  if (parseIpv4(address) === undefined || !isLength || more.length > 0)
    throw new DaemonError("usage", `--subnet takes a network like 192.0.2.0/24, or an address, not "${text}"`);
  return text;
}

function readStates(text: string): LeasesRequest["states"] {
  return text.split(",").map((word) => {
    // "active" is what lease files say.
    const state = LeaseState.safeParse(word === "active" ? "bound" : word);
    if (!state.success)
      throw new DaemonError("usage", `--state: there is no "${word}": write one of ${LeaseState.options.join(", ")}`);
    return state.data;
  });
}

/** A hardware address or its beginning, in any of the ways that they are written. */
function readHardware(text: string): string {
  const digits = text.toLowerCase().replace(/[:.\- ]/g, "");
  if (!/^[0-9a-f]+$/.test(digits))
    throw new DaemonError("usage", `--hardware takes a hardware address or its beginning, not "${text}"`);
  return digits;
}
