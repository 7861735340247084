// Why another server answers otherwise than ours: each entry is a rule of an RFC, or the place where
// the RFCs leave it to the server. The run fails on a difference that nothing explains and on an
// explanation that nothing needs any more.

import type { Server } from "./servers.ts";

/** What one entry explains. */
export interface Explanation {
  readonly server: Exclude<Server["name"], "anydhcpd">;
  /** Names of the aspects (observation.ts). */
  readonly aspects: readonly string[];
  /** Steps it holds for, as the table names them; every step without it. */
  readonly at?: RegExp;
  /** The other server's observation, where the entry is about one of them only. */
  readonly theirs?: string;
  readonly why: string;
  /** Where it says so. */
  readonly rule: string;
}

/** All explanations, the particular ones before the general. */
export const EXPLANATIONS: readonly Explanation[] = [
  {
    server: "isc-dhcp-server",
    aspects: ["options"],
    at: /LEASEQUERY by its identifier/,
    theirs: "53 91",
    why: "Who asks without a parameter request list is told what the client would be told; ISC's source says that it does not do so.",
    rule: "RFC 4388 section 6.2 (SHOULD)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["options"],
    at: /LEASEQUERY by (?:a free address|an address that is not ours|unknown hardware)/,
    why: "There is no client that anything could be told about; ISC tells the options of the network that the relay is in.",
    rule: "RFC 4388 section 6.4.2",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["options"],
    at: /requests one option/,
    theirs: "1 53",
    why: "All options that are set are sent, as OpenBSD's dhcpd does, those asked for first; `requested-options-only on` sends what ISC's server does, and an imported file has it. Kea sends routers, name servers and domain name to everybody and other options only where they are asked for.",
    rule: "RFC 2131 section 4.3.1 (what is sent beside the requested parameters is left to the server)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["lease time"],
    at: /a lease of a minute/,
    theirs: "300",
    why: "ISC's `min-lease-time` is 300 by default, ours 0; an imported file has `min-lease-time 300;`.",
    rule: "RFC 2131 section 4.3.1 (local policy)",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /LEASEQUERY/,
    theirs: "none",
    why: "Kea answers leasequeries only with a hook library that Debian's has not.",
    rule: "RFC 4388 section 6.4",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /an address that nobody gives out/,
    theirs: "NAK",
    why: "A server that has no record of the client is silent: the address may be another server's.",
    rule: "RFC 2131 section 4.3.2 (MUST)",
  },
  {
    server: "kea",
    aspects: ["options"],
    at: /its whole name/,
    why: "Neither updates the DNS. Kea says so; we do not answer the option, from which the client gathers the same.",
    rule: "RFC 4702 section 4",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["T1, T2"],
    theirs: "-",
    why: "The times are told (a SHOULD), so that the client and the lease file agree; ISC leaves the defaults to the client.",
    rule: "RFC 2131 section 4.4.5",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["client identifier"],
    theirs: "-",
    why: "A client's identifier is returned to it; ISC does so only where `echo-client-id` is set.",
    rule: "RFC 6842 section 3",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["flags"],
    at: /reboots|renews|reservation/,
    theirs: "broadcast",
    why: "The server sets the broadcast bit in a NAK that goes through a relay, for the relay to see. On its own link it broadcasts the frame, and the bit is the client's.",
    rule: "RFC 2131 section 4.3.2",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["source", "server identifier"],
    at: /anycast/,
    theirs: "up0's address",
    why: "The reply comes from the address that was asked and names it. A raw socket's server answers from the interface's first address, and the client's next message no longer goes to the anycast address.",
    rule: "RFC 2131 section 4.1 (source and server identifier are one address of the server that the client can reach)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["server identifier"],
    at: /override/,
    theirs: "up0's address",
    why: "The relay's address takes the place of the server identifier; ISC dhcpd has no such rule.",
    rule: "RFC 5107 section 4",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["port"],
    at: /port of its own/,
    theirs: "67",
    why: "A relay that sends sub-option 19 is answered at its source port; Debian's ISC dhcpd is built without.",
    rule: "RFC 8357 section 5",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["answer"],
    at: /^an address is requested that was not offered/,
    theirs: "none",
    why: "The client has selected us, with an address that it cannot have from us: told so, it starts again at once instead of after its timeouts.",
    rule: "RFC 2131 section 3.1 step 4 (SHOULD)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["answer"],
    at: /^an unknown client reboots/,
    theirs: "ACK",
    why: "A server without a record of the client stays silent, because another server may have one. ISC grants the address, as it happens to be free here.",
    rule: "RFC 2131 section 4.3.2, INIT-REBOOT (MUST)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["answer"],
    at: /not its own/,
    theirs: "ACK",
    why: "The client's notion of its address is wrong by our record: NAK. ISC grants it a second address.",
    rule: "RFC 2131 section 4.3.2, INIT-REBOOT (SHOULD)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["answer"],
    at: /network is rebound/,
    theirs: "none",
    why: "We are authoritative for the link that the broadcast came from, and the address is none of its: the client starts again now, not at the end of its lease.",
    rule: "RFC 2131 section 4.3.2 (left to the server)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["yiaddr"],
    at: /released to another server/,
    why: "A RELEASE that names another server is not ours to act upon; ISC frees the address.",
    rule: "RFC 2131 table 5 (server identifier MUST)",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["yiaddr"],
    at: /declined by another client/,
    why: "Only the client of the lease can decline it; ISC takes an address out of use on anybody's word.",
    rule: "RFC 2131 section 4.3.3",
  },
  {
    server: "isc-dhcp-server",
    aspects: ["answer"],
    at: /17 hops/,
    theirs: "OFFER",
    why: "More than sixteen relays are a loop.",
    rule: "RFC 1542 section 4.1.1 (hops above 16 are discarded)",
  },
  {
    server: "kea",
    aspects: ["frame"],
    theirs: "unicast",
    why: "A broadcast datagram goes in a broadcast frame: the client asked for it because its stack hears nothing else, or is to drop its address. Kea puts it in a frame for chaddr.",
    rule: "RFC 1122 section 2.3.1, RFC 919 section 7",
  },
  {
    server: "kea",
    aspects: ["options"],
    theirs: "53",
    why: "A NAK says why, for the logs of clients (a SHOULD).",
    rule: "RFC 2131 table 3, RFC 2132 section 9.9",
  },
  {
    server: "kea",
    aspects: ["options"],
    at: /INFORM/,
    theirs: "3 6 15 53",
    why: "The subnet mask was requested: it goes into the answer to an INFORM as well.",
    rule: "RFC 2131 section 4.3.5, RFC 2132 section 3.3",
  },
  {
    server: "kea",
    aspects: ["yiaddr"],
    at: /^a DISCOVER repeated/,
    why: "An offered address is kept for the client that it was offered to; Kea forgets its offers.",
    rule: "RFC 2131 section 4.3.1 (SHOULD NOT reuse before the client has answered)",
  },
  {
    server: "kea",
    aspects: ["yiaddr"],
    at: /^a lease is released/,
    why: "A client's previous address is offered to it again while it is free.",
    rule: "RFC 2131 section 4.3.1, second choice",
  },
  {
    server: "kea",
    aspects: ["sent to"],
    at: /another one's address/,
    why: "A NAK on the server's own link is broadcast: the client may not hold the address it says.",
    rule: "RFC 2131 section 4.3.2 (MUST)",
  },
  {
    server: "kea",
    aspects: ["flags"],
    at: /relayed client reboots/,
    theirs: "0",
    why: "In a NAK through a relay the broadcast bit is set, so that the relay broadcasts it.",
    rule: "RFC 2131 section 4.3.2 (MUST)",
  },
  {
    server: "kea",
    aspects: ["server identifier"],
    at: /override/,
    theirs: "up0's address",
    why: "The relay's address takes the place of the server identifier.",
    rule: "RFC 5107 section 4",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /^an address is requested that was not offered/,
    theirs: "none",
    why: "As for ISC: selected, we say no at once.",
    rule: "RFC 2131 section 3.1 step 4 (SHOULD)",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /^an unknown client reboots/,
    theirs: "NAK",
    why: "No record of the client: silence, because another server may have one.",
    rule: "RFC 2131 section 4.3.2, INIT-REBOOT (MUST)",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /network is rebound/,
    theirs: "none",
    why: "As for ISC: the address is none of this link's.",
    rule: "RFC 2131 section 4.3.2 (left to the server)",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /INFORM from an address of no/,
    theirs: "ACK",
    why: "Nothing is configured for that network, and the answer would go to whatever address a datagram claims to come from.",
    rule: "RFC 2131 section 4.3.5 (left to the server)",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /BOOTP/,
    theirs: "none",
    why: "BOOTP clients are served; Kea needs an extension for it.",
    rule: "RFC 1534 section 2",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /17 hops/,
    theirs: "OFFER",
    why: "More than sixteen relays are a loop.",
    rule: "RFC 1542 section 4.1.1 (hops above 16 are discarded)",
  },
  {
    server: "kea",
    aspects: ["answer"],
    at: /anycast/,
    theirs: "none",
    why: "Kea hears what is sent to the addresses of its interfaces; an anycast address on `lo` would need UDP sockets and an entry of its own.",
    rule: "none: an anycast address is a listener like any other to us",
  },
];
