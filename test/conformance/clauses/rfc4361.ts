// RFC 4361: Node-specific Client Identifiers for DHCPv4.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_4361: Rfc = {
  number: 4361,
  title: "Node-specific Client Identifiers for DHCPv4",
  clauses: [
    { id: "6.3-1", level: "MUST", text: "A client that sends an identifier is identified by that." },
    {
      id: "6.3-2",
      level: "says",
      text: "A hardware address may stand for the client only where the administrator gives it, for a fixed address.",
    },
    { id: "6.4-1", level: "MUST", text: "A client that sends none is identified by chaddr." },
    {
      id: "6.5-1",
      level: "says",
      text: "An identifier is type 255, an IAID and a DUID: clients that differ in one of them are two.",
    },
  ],
};
