// Values of the control protocol's requests, as the server takes them.

import { type Ipv4, parseIpv4 } from "../base/ipv4.ts";

/** Octets of a text in hexadecimal with colons between. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text === "" ? [] : text.split(":"), (octet) => Number.parseInt(octet, 16));
}

/** The address of a text; undefined where there is none. */
export function addressOf(text: string | undefined): Ipv4 | undefined {
  return text === undefined ? undefined : parseIpv4(text);
}
