// RFC 2563: DHCP Option to Disable Stateless Auto-Configuration in IPv4 Clients.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_2563: Rfc = {
  number: 2563,
  title: "DHCP Option to Disable Stateless Auto-Configuration in IPv4 Clients",
  clauses: [
    {
      id: "2.3-1",
      level: "MUST",
      text: "A DHCPDISCOVER with the option for which there is an address is processed as ever.",
    },
    {
      id: "2.3-2",
      level: "says",
      text: "With no address for the client, a DHCPDISCOVER without the option is not answered.",
    },
    {
      id: "2.3-3",
      level: "MUST",
      text: "With no address, the option in the query and auto-configuration disabled by the administrator, a DHCPOFFER is sent.",
    },
    { id: "2.3-4", level: "MUST", text: "That offers 0.0.0.0 and says DoNotAutoConfigure." },
    { id: "2.3-5", level: "says", text: "With auto-configuration allowed there is no answer." },
    { id: "2.4.1-1", level: "MUST NOT", text: "The option is not sent where the server has nothing to say in it." },
  ],
};
