// RFC 8925: IPv6-Only Preferred Option for DHCPv4.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_8925: Rfc = {
  number: 8925,
  title: "IPv6-Only Preferred Option for DHCPv4",
  clauses: [
    { id: "3.1-1", level: "MUST", text: "The option's length is 4." },
    { id: "3.3-1", level: "MUST NOT", text: "The option is not sent to a client that does not ask for it." },
    { id: "3.3-2", level: "MUST NOT", text: "The option is not sent where no IPv6-only network is configured." },
    { id: "3.3-3", level: "SHOULD", text: "Single subnets or pools can be configured for it." },
    {
      id: "3.3-6",
      level: "MUST",
      text: "A client that asks for it on such a network is told it, in DHCPOFFER and DHCPACK.",
    },
    { id: "3.3-7", level: "MUST", text: "Its value is the time that is configured, or zero." },
    { id: "3.3-8", level: "SHOULD NOT", text: "No address is spent on such a client: it is offered 0.0.0.0." },
    { id: "3.3-9", level: "MUST", text: "A DHCPREQUEST of such a client for an address there is processed as ever." },
    { id: "3.3-10", level: "SHOULD NOT", text: "Rapid commit is not heeded where the answer has the option." },
    {
      id: "3.3.1-1",
      level: "says",
      text: "A client that sends Auto-Configure (RFC 2563) too can be told not to make up an address, in the same offer.",
    },
    { id: "3.3.1-2", level: "says", text: "A client that does not send it is answered all the same." },
    { id: "3.4-1", level: "MUST NOT", text: "The time is not less than 300 seconds." },
  ],
};
