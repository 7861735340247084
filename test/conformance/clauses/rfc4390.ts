// RFC 4390: DHCP over InfiniBand, whose hardware addresses are longer than chaddr.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_4390: Rfc = {
  number: 4390,
  title: "DHCP over InfiniBand",
  clauses: [
    {
      id: "2-1",
      level: "says",
      text: "A client that says `hlen` 0 is known by its identifier, and hears broadcasts only while it has no address.",
    },
    { id: "2.2-1", level: "says", text: "Once it has one, it is answered by unicast at `ciaddr`." },
  ],
};
