// RFC 8910: Captive-Portal Identification in DHCP.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_8910: Rfc = {
  number: 8910,
  title: "Captive-Portal Identification in DHCP",
  clauses: [
    { id: "2-1", level: "says", text: "The option may be sent to clients that do not ask for it." },
    { id: "2-2", level: "says", text: "A network without portal may say so by a URI of its own." },
    { id: "2-3", level: "says", text: "A URI has 255 octets at most." },
    { id: "2.1-1", level: "says", text: "The URI is the option's value, without a zero at its end." },
  ],
};
