// RFC 8925: IPv6-Only Preferred Option for DHCPv4.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_8925: Rfc = {
  number: 8925,
  title: "IPv6-Only Preferred Option for DHCPv4",
  clauses: [
    { id: "3.3-1", level: "MUST NOT", text: "The option is not sent to a client that does not ask for it." },
    { id: "3.3-2", level: "MUST NOT", text: "The option is not sent where no IPv6-only network is configured." },
    { id: "3.3-3", level: "SHOULD", text: "Single subnets or pools can be configured for it." },
    {
      id: "3.3-4",
      level: "says",
      text: "A client that asks for it on such a network is told the option, and may be offered 0.0.0.0, so that no address is spent.",
    },
    { id: "3.3-5", level: "says", text: "A client that keeps or renews a lease there is told the option too." },
  ],
};
