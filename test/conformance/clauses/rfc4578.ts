// RFC 4578: Dynamic Host Configuration Protocol (DHCP) Options for the Intel Preboot eXecution
// Environment (PXE).

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_4578: Rfc = {
  number: 4578,
  title: "DHCP Options for the Intel Preboot eXecution Environment (PXE)",
  clauses: [
    {
      id: "2-1",
      level: "says",
      text: "What a client gets is chosen by the architectures that it names in option 93, each of 16 bits, its first choice first.",
    },
    {
      id: "2.1-1",
      level: "MUST",
      text: "Servers that know PXE send option 93 in what they send to PXE clients.",
      differs:
        "firmware reads the architecture of nobody but itself, and none of the servers in use returns it; the boot file says it all",
    },
    {
      id: "2.2-1",
      level: "MUST",
      text: "Likewise option 94, the client's network interface.",
      differs: "as for option 93",
    },
    { id: "2.3-1", level: "MUST", text: "Likewise option 97, the machine's identifier, which is the client's own." },
  ],
};
