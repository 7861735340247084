// Hardware addresses on the command line.

import { DaemonError } from "../base/daemon-error.ts";

const OCTETS_MAX = 16;
const ETHERNET_OCTETS = 6;

/** The hardware address of an Ethernet device on the command line; undefined if `text` is none. Throws DaemonError "usage" where octets are missing or too many. */
export function readEthernetAddress(text: string): string | undefined {
  const address = readHardwareAddress(text);
  const count = address?.split(":").length ?? 0;
  if (address === undefined || count === 1) return undefined;
  if (count === ETHERNET_OCTETS) return address;
  throw new DaemonError("usage", `a hardware address has ${ETHERNET_OCTETS} octets, and "${text}" has ${count}`);
}

/** A hardware address as 02:00:00:00:00:07, from octets with ":" or "-" between them; undefined if it is none. */
export function readHardwareAddress(text: string): string | undefined {
  const octets = text.split(/[:-]/);
  if (octets.length > OCTETS_MAX || !octets.every((octet) => /^[0-9a-f]{1,2}$/i.test(octet))) return undefined;
  return octets.map((octet) => octet.toLowerCase().padStart(2, "0")).join(":");
}
