// RFC 3118: Authentication for DHCP Messages.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3118: Rfc = {
  number: 3118,
  title: "Authentication for DHCP Messages",
  clauses: [
    {
      id: "1-1",
      level: "says",
      text: "A server can authenticate what it is told and what it says, by option 90.",
      differs: "not there: no client in use does it. Option 90 of a query is ignored, and none is sent",
    },
  ],
};
