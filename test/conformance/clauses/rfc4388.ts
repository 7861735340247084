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
      id: "6.2-3",
      level: "SHOULD",
      text: "Without a parameter request list the answer has the options that a DHCPREQUEST would be answered with.",
    },
    {
      id: "6.3-1",
      level: "MUST",
      text: "Queries by address, by hardware address and by client identifier are answered.",
    },
    {
      id: "6.3-2",
      level: "MUST",
      text: "A query has a giaddr and names exactly one of ciaddr, chaddr with htype and hlen, and option 61.",
    },
    {
      id: "6.3-3",
      level: "MUST NOT",
      text: "giaddr says where the answer goes, and restricts nothing of what may be asked for.",
    },
    {
      id: "6.4-1",
      level: "MUST",
      text: "About an address that the server manages and nobody has the answer is DHCPLEASEUNASSIGNED.",
    },
    { id: "6.4-2", level: "MUST", text: "About an address that a client has the answer is DHCPLEASEACTIVE." },
    {
      id: "6.4-3",
      level: "MUST NOT",
      text: "A DHCPLEASEUNKNOWN has no other options; the server identifier does not count (RFC 6926 section 8.3).",
    },
    {
      id: "6.4.1-2",
      level: "says",
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
      text: "DHCPLEASEACTIVE has the hardware address of the client that has the address in its ciaddr.",
    },
    { id: "6.4.2-2", level: "MUST", text: "The client's other addresses are in associated-ip (92), asked for or not." },
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
      id: "6.4.2-7",
      level: "SHOULD",
      text: "Options that are asked for are told if they are on a configured list of those that are not sensitive.",
      differs:
        "there is no such list: what is configured for a client is what any client of its network is told, and only those that the administrator names may ask at all",
    },
    { id: "6.4.2-8", level: "SHOULD", text: "The client identifier, if it is asked for, is that of the client." },
    { id: "6.4.2-9", level: "says", text: "A DHCPLEASEUNASSIGNED has no other options." },
    { id: "6.4.2-10", level: "MUST NOT", text: "T1 and T2 that are over, and times without a lease, are not told." },
    {
      id: "6.4.2-11",
      level: "MUST",
      text: "What the relay said about the client counts for the options that are told as it did for the client's.",
    },
    { id: "6.4.3-1", level: "says", text: "The answer is unicast to giaddr." },
    { id: "6.4.3-2", level: "MUST NOT", text: "A query without giaddr has no answer." },
    {
      id: "6.7-1",
      level: "MUST",
      text: "The relay agent information of a client's last request is stored with its lease.",
    },
    { id: "6.7-2", level: "MUST", text: "So is the time of the last transaction." },
    { id: "6.7-3", level: "SHOULD", text: "So is the vendor class (60)." },
    {
      id: "7-1",
      level: "SHOULD",
      text: "What is told about clients is protected by authentication (RFC 3118).",
      differs:
        "nobody speaks RFC 3118; `allow leasequery from` names the requestors, and the answer goes to their giaddr alone",
    },
    { id: "7-2", level: "SHOULD", text: "A flood of queries does no harm to the server." },
    { id: "7-3", level: "says", text: "The administrator can restrict who is answered." },
  ],
};
