// RFC 3011: The IPv4 Subnet Selection Option for DHCP.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3011: Rfc = {
  number: 3011,
  title: "The IPv4 Subnet Selection Option for DHCP",
  clauses: [
    {
      id: "2-1",
      level: "MUST",
      text: "The address is allocated on the subnet that the option names, or another of the same link.",
    },
    { id: "2-2", level: "MUST NOT", text: "No address of another link is offered." },
    {
      id: "2-3",
      level: "MUST",
      text: "An identical copy of the option is returned to whoever sends it, asked for or not.",
    },
    {
      id: "2-4",
      level: "MUST NOT",
      text: "A server that is told to ignore the option allocates as usual and does not return it.",
    },
    {
      id: "2-5",
      level: "says",
      text: "A query for an unknown subnet is handled like any other for a subnet that is not served.",
    },
    { id: "2-6", level: "MUST", text: "The reply goes where it would go without the option." },
    { id: "6-1", level: "MUST", text: "The feature is off until it is configured." },
    {
      id: "6-2",
      level: "SHOULD",
      text: "It can be turned on under restricted conditions, such as for clients of a particular subnet.",
    },
  ],
};
