// RFC 6926: DHCPv4 Bulk Leasequery.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_6926: Rfc = {
  number: 6926,
  title: "DHCPv4 Bulk Leasequery",
  clauses: [
    { id: "6.1-1", level: "says", text: "Each message on the TCP connection stands behind its length in two octets." },
    {
      id: "6.2.2-1",
      level: "SHOULD NOT",
      text: "status-code (151) is not in a message that is a success, unless there is a text to tell.",
    },
    { id: "6.2.2-2", level: "MUST NOT", text: "The text of status-code has no zero octets and no terminator." },
    { id: "6.2.3-1", level: "says", text: "base-time (152) is the server's time when it made the message." },
    {
      id: "6.2.4-1",
      level: "MUST",
      text: "start-time-of-state (153) is the seconds from when the address came into its state up to base-time.",
    },
    {
      id: "6.2.5-1",
      level: "says",
      text: "query-start-time (154) and query-end-time (155) limit the answer to bindings that changed in that time, both ends included.",
    },
    { id: "6.2.7-1", level: "MUST", text: "dhcp-state (156) knows AVAILABLE and ACTIVE at least." },
    { id: "6.2.7-2", level: "SHOULD", text: "It knows ABANDONED at least besides." },
    {
      id: "6.2.7-3",
      level: "SHOULD",
      text: "It knows RESET at least besides.",
      differs: "nobody but clients and time frees leases here",
    },
    {
      id: "6.2.8-1",
      level: "says",
      text: "data-source (157) says whether the state was learned from another server: it never is.",
    },
    {
      id: "6.2.9-1",
      level: "says",
      text: "The VSS option (221) selects the virtual network; type 254 means all.",
      differs:
        "there are no virtual networks: types 254 and 255 mean the one there is, any other is refused with NotAllowed",
    },
    {
      id: "7.2-1",
      level: "MUST",
      text: "Queries by client identifier, hardware address, relay-id, remote-id and for all configured addresses are answered.",
    },
    { id: "8.1-1", level: "says", text: "The server listens for connections on TCP port 67." },
    { id: "8.1-2", level: "MUST", text: "Connections are limited in number; 10 (BULK_LQ_MAX_CONNS) by default." },
    { id: "8.1-3", level: "SHOULD", text: "Connections of requestors that may not ask are closed at once." },
    {
      id: "8.1-4",
      level: "says",
      text: "A query that is not permitted is answered with NotAllowed, or its connection is closed.",
    },
    { id: "8.2-1", level: "MUST", text: "Every query ends with a DHCPLEASEQUERYDONE." },
    { id: "8.2-2", level: "MUST", text: "That has a status-code if the query did not succeed." },
    { id: "8.2-3", level: "MUST", text: "Where nothing is found it is the only message, without a status." },
    {
      id: "8.2-4",
      level: "MUST NOT",
      text: "No address is told twice in one answer, whatever happens to it meanwhile.",
    },
    {
      id: "8.2-5",
      level: "MUST",
      text: "A query whose ciaddr, yiaddr or siaddr is not zero is refused with MalformedQuery.",
    },
    { id: "8.2-6", level: "MUST", text: "A query for more than one thing is refused with NotAllowed." },
    { id: "8.2-7", level: "MUST", text: "The first message of an answer has the server identifier." },
    {
      id: "8.2-8",
      level: "says",
      text: "DHCPLEASEACTIVE tells of addresses that a client has, DHCPLEASEUNASSIGNED of all others.",
    },
    {
      id: "8.2-9",
      level: "SHOULD",
      text: "A connection on which nothing can be sent or read for BULK_LQ_DATA_TIMEOUT (30 seconds) is ended.",
    },
  ],
};
