// RFC 4702: The DHCP Client FQDN Option. It is about servers that update the DNS, as this one does where zones are declared.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_4702: Rfc = {
  number: 4702,
  title: "The DHCP Client FQDN Option",
  clauses: [
    {
      id: "4-1",
      level: "says",
      text: "A server answers option 81 by its own, which says who updates the DNS.",
    },
    { id: "4.1-1", level: "MUST NOT", text: "A DHCPDISCOVER makes nobody update the DNS." },
    {
      id: "4-2",
      level: "SHOULD NOT",
      text: "A server does not update the DNS for a client that has set the N bit.",
      differs: "whoever runs the zones decides by ddns-updates, and the answer says what is done (section 4 allows it)",
    },
  ],
};
