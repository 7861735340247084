// RFC 3396: Encoding Long Options in DHCPv4.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_3396: Rfc = {
  number: 3396,
  title: "Encoding Long Options in DHCPv4",
  clauses: [
    { id: "4-1", level: "MUST", text: "A value of more than 255 octets is split by the rules of section 6." },
    {
      id: "4-2",
      level: "MUST",
      text: "An option that fits in no one field is split by these rules or not sent at all.",
    },
    { id: "4-3", level: "SHOULD NOT", text: "An option is not split without need." },
    { id: "5-1", level: "MUST NOT", text: "No piece crosses from one field to another." },
    { id: "5-2", level: "MUST NOT", text: "sname and file count only where they are used for options." },
    { id: "6-1", level: "MUST", text: "The pieces follow each other in order: options field, file, sname." },
    { id: "6-2", level: "says", text: "No piece has more than 255 octets." },
    { id: "6-3", level: "MUST", text: "All pieces have the option's code, and their lengths add up to the value's." },
    {
      id: "7-1",
      level: "MUST",
      text: "Options of one code in a query are pieces of one value, and put together in order.",
    },
    { id: "7-2", level: "MUST NOT", text: "No piece is treated as an option of its own." },
  ],
};
