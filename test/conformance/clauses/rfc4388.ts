// RFC 4388: DHCP Leasequery.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_4388: Rfc = {
  number: 4388,
  title: "Dynamic Host Configuration Protocol (DHCP) Leasequery",
  clauses: [
    {
      id: "6.1-1",
      level: "MUST NOT",
      text: "client-last-transaction-time (91) is no absolute time: it is the seconds since the client was last heard.",
    },
    {
      id: "6.2-1",
      level: "MUST",
      text: "A query is by ciaddr, by chaddr with htype and hlen, or by option 61: one of them.",
    },
    { id: "6.2-2", level: "MUST", text: "giaddr says who asks; a query without one has no answer." },
    {
      id: "6.4.1-1",
      level: "MUST",
      text: "A query by ciaddr is answered about that address if the server manages it: DHCPLEASEACTIVE where a client has it, else DHCPLEASEUNASSIGNED.",
    },
    {
      id: "6.4.1-2",
      level: "MUST",
      text: "About an address that the server does not manage the answer is DHCPLEASEUNKNOWN.",
    },
    {
      id: "6.4.1-3",
      level: "MUST",
      text: "By chaddr or option 61 the answer is about the lease of that client that was used last, if it has several.",
    },
    { id: "6.4.1-4", level: "MUST", text: "Without any lease of that client the answer is DHCPLEASEUNKNOWN." },
    {
      id: "6.4.2-1",
      level: "MUST",
      text: "DHCPLEASEACTIVE has ciaddr, htype, hlen, chaddr and the client identifier of the lease.",
    },
    { id: "6.4.2-2", level: "MUST", text: "The client's other addresses are in associated-ip (92)." },
    {
      id: "6.4.2-3",
      level: "MUST",
      text: "Lease time (51), if it is asked for, is what is left of the lease; T1 and T2 (58, 59) are counted from now too.",
    },
    {
      id: "6.4.2-4",
      level: "MUST",
      text: "Relay agent information (82), if it is asked for, is what came with the client's last request.",
    },
    {
      id: "6.4.2-5",
      level: "SHOULD",
      text: "The vendor class (60) of the client is kept and, if it is asked for, told.",
    },
    {
      id: "6.4.2-6",
      level: "SHOULD",
      text: "Without a parameter request list the answer has the options that a DHCPREQUEST would be answered with.",
    },
    {
      id: "6.4.2-7",
      level: "SHOULD",
      text: "Options that are asked for are told if they are on a configured list of those that are not sensitive.",
      differs:
        "there is no such list: what is configured for a client is what any client of its network is told, and only those that the administrator names may ask at all",
    },
    { id: "6.4.3-1", level: "MUST", text: "The answer is unicast to giaddr, port 67." },
    {
      id: "7-1",
      level: "SHOULD",
      text: "Queries are authenticated (RFC 3118).",
      differs:
        "nobody speaks RFC 3118; `allow leasequery from` names the requestors, and the answer goes to their giaddr alone",
    },
    { id: "7-2", level: "SHOULD", text: "A flood of queries does no harm to the server." },
    { id: "7-3", level: "SHOULD", text: "The administrator can restrict who is answered." },
  ],
};
