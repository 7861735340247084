// RFC 5107: DHCP Server Identifier Override Suboption.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_5107: Rfc = {
  number: 5107,
  title: "DHCP Server Identifier Override Suboption",
  clauses: [
    { id: "4-1", level: "MUST", text: "The sub-option's address is the server identifier of the reply." },
    {
      id: "4-2",
      level: "says",
      text: "It is recorded, and used in later messages to the client until the relay says another.",
    },
    {
      id: "4-3",
      level: "says",
      text: "A DHCPREQUEST whose server identifier is the sub-option's address is accepted.",
    },
  ],
};
