// RFC 4702: The DHCP Client FQDN Option. It is about servers that update the DNS; this one does not.

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
      differs:
        "there are no DNS updates here: option 81 is not answered, by which clients see that they have to do it themselves",
    },
    { id: "4.1-1", level: "MUST NOT", text: "A DHCPDISCOVER makes nobody update the DNS." },
  ],
};
