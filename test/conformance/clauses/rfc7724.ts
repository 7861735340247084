// RFC 7724: Active DHCPv4 Lease Query, which this server does not have; and what it says of RFC 6926.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_7724: Rfc = {
  number: 7724,
  title: "Active DHCPv4 Lease Query",
  clauses: [
    {
      id: "8-1",
      level: "says",
      text: "A requestor can be told of changes as they happen (DHCPACTIVELEASEQUERY), over TLS if it wants.",
      differs: "not there; RFC 6926's query-start-time tells what has changed since the last time",
    },
    {
      id: "8.1.1-1",
      level: "MUST",
      text: "A message of a type that the server does not know on TCP closes the connection.",
    },
  ],
};
