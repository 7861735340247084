// RFC 8357: Generalized UDP Source Port for DHCP Relay.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_8357: Rfc = {
  number: 8357,
  title: "Generalized UDP Source Port for DHCP Relay",
  clauses: [
    {
      id: "5-1",
      level: "says",
      text: "A relayed query with the sub-option is answered on the UDP port that it came from.",
    },
    { id: "5-2", level: "says", text: "The sub-option is echoed with the rest of option 82." },
    { id: "5-3", level: "says", text: "Without the sub-option a relay is answered on port 67." },
  ],
};
