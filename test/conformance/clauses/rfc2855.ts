// RFC 2855: DHCP for IEEE 1394, whose hardware addresses are longer than chaddr.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_2855: Rfc = {
  number: 2855,
  title: "DHCP for IEEE 1394",
  clauses: [
    {
      id: "2-1",
      level: "MUST",
      text: "The `chaddr` of a client that says `hlen` 0 is ignored: it is known by its identifier.",
    },
    { id: "2-2", level: "says", text: "Without `ciaddr` such a client hears broadcasts only." },
  ],
};
