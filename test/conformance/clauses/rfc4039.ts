// RFC 4039: Rapid Commit Option.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_4039: Rfc = {
  number: 4039,
  title: "Rapid Commit Option",
  clauses: [
    { id: "3-1", level: "MUST NOT", text: "The option is in no other message of the server than such a DHCPACK." },
    {
      id: "3.1-1",
      level: "says",
      text: "A server that is configured for it answers a DHCPDISCOVER with the option by a DHCPACK.",
    },
    { id: "3.1-2", level: "says", text: "The binding is stored before that DHCPACK is sent." },
    {
      id: "3.1-3",
      level: "says",
      text: "A server that is not configured for it answers by a DHCPOFFER without the option.",
    },
    { id: "3.1-4", level: "says", text: "A DHCPDISCOVER without the option is answered by a DHCPOFFER." },
    { id: "3.1-5", level: "SHOULD", text: "A new address is checked before the client gets it." },
    { id: "3.1-6", level: "SHOULD", text: "The administrator can turn these checks off." },
    { id: "4-1", level: "MUST", text: "The DHCPACK to a DHCPDISCOVER has the option." },
    { id: "4-2", level: "says", text: "The option's length is 0." },
  ],
};
