// RFC 3397: DHCP Domain Search Option.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3397: Rfc = {
  number: 3397,
  title: "DHCP Domain Search Option",
  clauses: [
    { id: "2-1", level: "MUST", text: "The names are encoded as in RFC 1035 section 4.1.4, one after the other." },
    { id: "2-2", level: "says", text: "Pointers count from the start of the option's value." },
    {
      id: "2-3",
      level: "says",
      text: "A list that is too long for one option may be split as in RFC 3396, and pointers count in the whole.",
    },
  ],
};
