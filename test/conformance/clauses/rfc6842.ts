// RFC 6842: Client Identifier Option in DHCP Server Replies.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_6842: Rfc = {
  number: 6842,
  title: "Client Identifier Option in DHCP Server Replies",
  clauses: [
    {
      id: "3-1",
      level: "MUST",
      text: "A client identifier in a query is returned unaltered, in DHCPOFFER, DHCPACK and DHCPNAK.",
    },
    { id: "3-2", level: "MUST NOT", text: "Without one in the query there is none in the reply." },
  ],
};
