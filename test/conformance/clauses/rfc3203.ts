// RFC 3203: DHCP reconfigure extension.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3203: Rfc = {
  number: 3203,
  title: "DHCP reconfigure extension",
  clauses: [
    {
      id: "2.2-1",
      level: "says",
      text: "A server can make a client renew by a unicast DHCPFORCERENEW.",
      differs: "not there: clients accept it only authenticated (RFC 6704)",
    },
  ],
};
