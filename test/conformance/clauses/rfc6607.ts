// RFC 6607: Virtual Subnet Selection Options. This server has no virtual subnets: what counts is that relays and
// clients can see it.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_6607: Rfc = {
  number: 6607,
  title: "Virtual Subnet Selection Options",
  clauses: [
    {
      id: "7-2",
      level: "SHOULD",
      text: "The address is allocated in the network that the VSS information names.",
      differs: "there are no virtual subnets; clients and relays must be prepared for servers without",
    },
    {
      id: "7.1-1",
      level: "MUST NOT",
      text: "A server without them does not return the VSS option (221) of a client, asked for or not.",
    },
    { id: "7.1-2", level: "MUST", text: "A server that has used the option returns it.", differs: "it is never used" },
    {
      id: "7.2-1",
      level: "says",
      text: "A server that does not use the VSS sub-option returns it with VSS-Control as they came.",
    },
    {
      id: "7.2-2",
      level: "MUST NOT",
      text: "A server that uses it takes VSS-Control out of the reply.",
      differs: "it is never used",
    },
    { id: "9-1", level: "MUST", text: "The feature is off until it is configured." },
  ],
};
