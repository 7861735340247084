// RFC 3004: The User Class Option for DHCP.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3004: Rfc = {
  number: 3004,
  title: "The User Class Option for DHCP",
  clauses: [
    { id: "4-1", level: "says", text: "Several user classes of one client are told apart, each with its length." },
    { id: "4-2", level: "MUST", text: "A user class that means nothing to the server is ignored." },
  ],
};
