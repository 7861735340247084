// RFC 3527: Link Selection sub-option.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3527: Rfc = {
  number: 3527,
  title: "Link Selection sub-option",
  clauses: [
    {
      id: "3-1",
      level: "MUST",
      text: "The address is allocated on the subnet that the sub-option names, or another of the same link.",
    },
    { id: "3-2", level: "says", text: "Any address of the subnet names it." },
    { id: "3-3", level: "MUST", text: "The reply goes where it would go without the sub-option." },
    { id: "3-4", level: "MUST", text: "The sub-option goes before the subnet selection of the client (RFC 3011)." },
    { id: "3-5", level: "MUST NOT", text: "No address of another link is offered." },
    { id: "3-6", level: "says", text: "A query for a link that is not served is handled as ever." },
  ],
};
