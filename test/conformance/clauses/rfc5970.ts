// RFC 5970: DHCPv6 Options for Network Boot; what it says of DHCPv4 is IANA's registry of processor
// architectures, which option 93 shares. HTTP boot by these numbers is UEFI's chapter 24.7.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_5970: Rfc = {
  number: 5970,
  title: "DHCPv6 Options for Network Boot (the processor architectures that DHCPv4 shares)",
  clauses: [
    {
      id: "3.3-1",
      level: "says",
      text: "A client that can boot in several ways names their architectures in order of preference.",
    },
    {
      id: "6-1",
      level: "says",
      text: "Architecture numbers above RFC 4578's mean what IANA's registry says, those for boot over HTTP among them.",
    },
    {
      id: "6-2",
      level: "says",
      text: "A client that boots over HTTP is answered with the vendor class `HTTPClient` and a URI as its boot file (UEFI 2.10, 24.7).",
    },
  ],
};
