// RFC 5010: DHCPv4 Relay Agent Flags Suboption.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_5010: Rfc = {
  number: 5010,
  title: "DHCPv4 Relay Agent Flags Suboption",
  clauses: [
    { id: "3-1", level: "says", text: "Bits that are not defined mean nothing." },
    {
      id: "5-1",
      level: "says",
      text: "The unicast flag tells that a relayed DHCPREQUEST is of a renewing client, its absence that it may be of a rebinding one.",
    },
    { id: "5-4", level: "MUST", text: "Of a suboption that is longer than one octet the first counts." },
  ],
};
