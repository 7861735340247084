// RFC 3046: DHCP Relay Agent Information Option. SHALL is listed as MUST.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3046: Rfc = {
  number: 3046,
  title: "DHCP Relay Agent Information Option",
  clauses: [
    {
      id: "2.0-1",
      level: "says",
      text: "Sub-options are code, length, value without pad or end, and may be empty and in any order; an option that is none of this says nothing.",
    },
    { id: "2.2-1", level: "MUST", text: "The whole option is echoed in every reply." },
    { id: "2.2-2", level: "SHOULD", text: "It is the last option of the reply." },
    { id: "2.2-3", level: "MUST NOT", text: "It never stands in sname or file." },
    { id: "2.2-4", level: "MUST", text: "Where there is no room for all of it, the reply is sent without it." },
    { id: "2.2-5", level: "SHOULD", text: "Such replies are counted." },
    { id: "2.2-6", level: "SHOULD", text: "Options of a relay are handled in unicast messages too." },
    { id: "2.2-7", level: "MUST NOT", text: "They are not expected there." },
    { id: "3.1-1", level: "SHOULD", text: "A circuit identifier is opaque: policies compare it as a whole." },
    {
      id: "3.1-2",
      level: "SHOULD",
      text: "Circuit identifiers of leases are reported, and logged with the relay's address.",
    },
    { id: "3.2-1", level: "SHOULD", text: "A remote identifier is opaque: policies compare it as a whole." },
    { id: "3.2-2", level: "SHOULD", text: "Remote identifiers are reported where a client is." },
    {
      id: "4.0-1",
      level: "SHOULD",
      text: "The number of addresses for one remote identifier can be limited.",
      differs: "not there; pools for members of a class bound what one relay's clients can take",
    },
  ],
};
