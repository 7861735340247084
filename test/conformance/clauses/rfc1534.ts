// RFC 1534: Interoperation Between DHCP and BOOTP.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_1534: Rfc = {
  number: 1534,
  title: "Interoperation Between DHCP and BOOTP",
  clauses: [
    {
      id: "2-1",
      level: "says",
      text: "A message without option 53 is a BOOTP client's; one with it is a DHCP client's.",
    },
    {
      id: "2-2",
      level: "says",
      text: "A server that is not configured to serve BOOTP clients drops their requests silently.",
    },
    {
      id: "2-3",
      level: "MUST",
      text: "Automatic addresses for BOOTP clients are a matter of configuration, and off by default.",
    },
    {
      id: "2-4",
      level: "says",
      text: "An automatic address is leased to a BOOTP client for ever, and not given to another by itself.",
    },
    { id: "2-5", level: "MUST", text: "BOOTP clients are answered by BOOTREPLY, according to BOOTP." },
    { id: "2-6", level: "MUST NOT", text: "The answer has no option 53." },
    { id: "2-7", level: "MUST NOT", text: "The answer is not larger than a BOOTREPLY may be." },
    { id: "2-8", level: "says", text: "The binding is in force once the BOOTREPLY is sent." },
  ],
};
