// RFC 3925: Vendor-Identifying Vendor Options for DHCPv4, 124 and 125.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3925: Rfc = {
  number: 3925,
  title: "Vendor-Identifying Vendor Options",
  clauses: [
    { id: "3-1", level: "MUST", text: "Several instances of the option in a query are one value (RFC 3396)." },
    { id: "3-2", level: "says", text: "A DHCPNAK has neither of the options." },
    {
      id: "4-1",
      level: "MUST",
      text: "Vendor-specific information of a client that the server cannot interpret is ignored.",
    },
    { id: "4-2", level: "MUST", text: "What is sent is, by enterprise number, a sequence of code, length, value." },
    { id: "4-3", level: "MUST", text: "What is longer than one option is split (RFC 3396)." },
  ],
};
