// Which zones of the DNS are updated, where, and with which key.

import type { Ipv4 } from "../../base/ipv4.ts";
import type { Provenance } from "./provenance.ts";

/** Algorithms of keys, by the names that dhcpd.conf has for them (RFC 8945 section 6). */
export const KEY_ALGORITHMS = [
  "hmac-md5",
  "hmac-sha1",
  "hmac-sha224",
  "hmac-sha256",
  "hmac-sha384",
  "hmac-sha512",
] as const;

/** `key NAME { ... }`: a secret that is shared with a DNS server. */
export interface DnsKey {
  /** In lower case, without the root's dot. */
  readonly name: string;
  readonly algorithm: (typeof KEY_ALGORITHMS)[number];
  readonly secret: Uint8Array;
}

/** `zone NAME { ... }`: where updates of the names in it go. */
export interface DnsZone {
  /** In lower case, without the root's dot. */
  readonly name: string;
  readonly server: Ipv4;
  readonly port: number;
  /** Undefined: updates are not signed. */
  readonly key: DnsKey | undefined;
  readonly at: Provenance;
}
