// RFC 2132: DHCP Options and BOOTP Vendor Extensions. Formats of single options are the registry's (src/wire/options/option-registry.ts) and tested there.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_2132: Rfc = {
  number: 2132,
  title: "DHCP Options and BOOTP Vendor Extensions",
  clauses: [
    { id: "2-1", level: "SHOULD NOT", text: "Text in an option ends without a zero octet inside its length." },
    {
      id: "2-2",
      level: "MUST",
      text: "A zero octet at the end of a client's text is taken off, where the text is used.",
    },
    { id: "2-3", level: "MUST NOT", text: "No such zero octet is required of a client." },
    { id: "3.3-1", level: "MUST", text: "Where both are sent, the subnet mask stands before the routers." },
    {
      id: "3.5-1",
      level: "MUST",
      text: "Lists of addresses (routers, servers) have a length that is a multiple of 4, pairs of 8.",
    },
    { id: "3.5-2", level: "SHOULD", text: "Lists of servers are sent in the administrator's order of preference." },
    {
      id: "8.4-1",
      level: "MUST",
      text: "Vendor-specific information (43) that the server cannot interpret is ignored.",
    },
    { id: "8.4-2", level: "says", text: "Options inside option 43 are code, length, value." },
    { id: "9.1-1", level: "says", text: "Requested address: the client's wish in a DHCPDISCOVER." },
    { id: "9.2-1", level: "says", text: "Lease time: the client's wish in a query, the lease's time in a reply." },
    { id: "9.3-1", level: "says", text: "Option overload has the values 1, 2 or 3." },
    {
      id: "9.6-1",
      level: "says",
      text: "Messages of a type that a server does not know or that is not for it get no answer.",
    },
    {
      id: "9.7-1",
      level: "says",
      text: "The server identifier is in every DHCPOFFER, for clients to tell offers apart.",
    },
    {
      id: "9.8-1",
      level: "MUST",
      text: "The server tries to send requested options in the order of the request list.",
    },
    { id: "9.9-1", level: "says", text: "The message of a DHCPNAK says what was wrong." },
    { id: "9.10-1", level: "says", text: "The maximum message size is respected; 576 is the least that can be meant." },
    { id: "9.13-1", level: "MUST", text: "A vendor class that the server does not know is ignored." },
    { id: "9.13-2", level: "SHOULD NOT", text: "Vendor-specific information goes in no other option than 43." },
    { id: "9.14-1", level: "says", text: "A client identifier has two octets at least." },
    { id: "9.14-2", level: "SHOULD", text: "A client identifier is opaque to the server." },
  ],
};
