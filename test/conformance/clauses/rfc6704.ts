// RFC 6704: Forcerenew Nonce Authentication.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_6704: Rfc = {
  number: 6704,
  title: "Forcerenew Nonce Authentication",
  clauses: [
    { id: "3.1.1-1", level: "SHOULD", text: "A server without the protocol ignores option 145." },
    {
      id: "3.1.3-1",
      level: "MUST NOT",
      text: "A client that has not sent option 145 gets no authentication option of this protocol.",
    },
    {
      id: "3.1.3-2",
      level: "MUST",
      text: "A capable server makes a nonce and tells it in the DHCPACK.",
      differs: "not there",
    },
  ],
};
