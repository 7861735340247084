// RFC 8357: Generalized UDP Source Port for DHCP Relay.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_8357: Rfc = {
  number: 8357,
  title: "Generalized UDP Source Port for DHCP Relay",
  clauses: [
    { id: "4.1-1", level: "says", text: "The sub-option's length is 0." },
    {
      id: "5.1-1",
      level: "MUST",
      text: "A relayed query with the sub-option is answered on the UDP port that it came from.",
    },
  ],
};
