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
    { id: "3-3", level: "says", text: "The reply goes to giaddr all the same." },
    { id: "3-4", level: "says", text: "It goes before the subnet selection of the client (RFC 3011)." },
  ],
};
