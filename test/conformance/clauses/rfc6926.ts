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
    { id: "6.2.3-1", level: "MUST", text: "base-time (152) is the server's absolute time when it made the message." },
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
    { id: "6.2.7-4", level: "SHOULD", text: "It is ACTIVE in a DHCPLEASEACTIVE." },
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
    { id: "6.3-1", level: "SHOULD", text: "The server listens for connections on TCP port 67." },
    {
      id: "7.2-1",
      level: "says",
      text: "Queries by client identifier, hardware address, relay-id, remote-id and for all configured addresses are answered.",
    },
    { id: "7.3-1", level: "MUST NOT", text: "No DHCPLEASEUNKNOWN is in an answer." },
    { id: "8.1-2", level: "MUST", text: "Connections are limited in number; 10 (BULK_LQ_MAX_CONNS) by default." },
    {
      id: "8.1-3",
      level: "SHOULD",
      text: "Connections of requestors that may not ask, and those beyond the limit, are closed at once.",
    },
    {
      id: "8.1-4",
      level: "says",
      text: "A query that is not permitted is answered with NotAllowed, or its connection is closed.",
    },
    {
      id: "8.1-5",
      level: "SHOULD",
      text: "A connection on which no query comes whole for BULK_LQ_DATA_TIMEOUT (300 seconds) is ended.",
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
      level: "says",
      text: "A query whose ciaddr, yiaddr or siaddr is not zero is refused with MalformedQuery.",
    },
    { id: "8.2-6", level: "MUST", text: "A query for more than one thing is refused with NotAllowed." },
    {
      id: "8.2-8",
      level: "says",
      text: "DHCPLEASEACTIVE tells of addresses that a client has, DHCPLEASEUNASSIGNED of all others.",
    },
    {
      id: "8.2-9",
      level: "SHOULD",
      text: "A connection on which nothing can be sent for BULK_LQ_DATA_TIMEOUT (300 seconds) is ended.",
    },
    {
      id: "8.2-10",
      level: "MUST",
      text: "Every address that a client has and that matches the query is told, in a DHCPLEASEACTIVE.",
    },
    {
      id: "8.2-11",
      level: "MUST",
      text: "A query for all tells every configured address exactly once, unless it is limited to a time.",
    },
    { id: "8.2-12", level: "SHOULD", text: "A binding has changed when its state has begun or its client was heard." },
    { id: "8.3-1", level: "MUST", text: "The first message of an answer has the server identifier." },
    { id: "8.3-2", level: "SHOULD NOT", text: "Later messages of an answer have no server identifier." },
    {
      id: "8.3-3",
      level: "MUST",
      text: "base-time, start-time-of-state, client-last-transaction-time and data-source are told if they are asked for and known.",
    },
    { id: "8.3-4", level: "SHOULD", text: "dhcp-state is told if it is asked for." },
    {
      id: "8.3-5",
      level: "MUST",
      text: "dhcp-lease-time is told, if it is asked for, of every state that ends by itself.",
    },
    {
      id: "8.3-6",
      level: "SHOULD",
      text: "Of an option that clients and servers both send, the client's value is told if it is asked for.",
      differs:
        "of what a client says, its identifier, host name, vendor class and relay agent information are kept; of other options the configured value is told",
    },
    { id: "8.4-1", level: "SHOULD", text: "Several queries can be made over one connection." },
    { id: "8.4-2", level: "MUST NOT", text: "No more queries are read than are worked on at once: one a connection." },
    {
      id: "8.4-3",
      level: "SHOULD",
      text: "How many queries one requestor can have at once is a matter of configuration.",
      differs: "one a connection, and 10 connections in all",
    },
    { id: "8.5-1", level: "says", text: "A connection without a query is ended after BULK_LQ_DATA_TIMEOUT." },
    { id: "8.5-2", level: "MUST", text: "A connection is closed when a query on it was broken off." },
    { id: "8.5-3", level: "SHOULD", text: "That is told before, by QueryTerminated and a text." },
    { id: "8.5-4", level: "MUST", text: "A connection that the requestor has closed is closed." },
    { id: "9-1", level: "SHOULD", text: "The administrator restricts who may ask; clients may not." },
  ],
};
