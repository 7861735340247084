// RFC 3442: The Classless Static Route Option. The RFC has no numbered sections: 1 is the format with the local
// routes, 2 sizing, 3 the administrator's part.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3442: Rfc = {
  number: 3442,
  title: "The Classless Static Route Option",
  clauses: [
    { id: "1-1", level: "says", text: "A destination is the width of the mask and its significant octets." },
    { id: "1-2", level: "says", text: "There may be several routes, five octets at least." },
    { id: "1-3", level: "says", text: "A route to another subnet of the link may have 0.0.0.0 for its router." },
    { id: "2-1", level: "MUST", text: "Servers that send the option implement RFC 3396." },
    {
      id: "3-1",
      level: "SHOULD NOT",
      text: "To a client that asks for classless routes and gets them, routers and static routes are not sent.",
    },
    { id: "3-2", level: "says", text: "Clients that may not know the option are sent the routers." },
  ],
};
