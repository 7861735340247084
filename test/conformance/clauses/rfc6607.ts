// RFC 6607: Virtual Subnet Selection Options. This server has no virtual subnets: what counts is that relays and clients can see it.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_6607: Rfc = {
  number: 6607,
  title: "Virtual Subnet Selection Options",
  clauses: [
    { id: "5-1", level: "says", text: "A server that does not use the VSS sub-option returns VSS-Control with it." },
    {
      id: "5-2",
      level: "MUST",
      text: "A server that uses it takes VSS-Control out of the reply.",
      differs: "there are no virtual subnets: it is never used",
    },
    { id: "7-1", level: "says", text: "A client's VSS option is returned only by a server that has used it." },
  ],
};
