// RFC 951: Bootstrap Protocol (BOOTP). What RFC 1542 has made clearer is there.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_951: Rfc = {
  number: 951,
  title: "Bootstrap Protocol (BOOTP)",
  clauses: [
    { id: "3-1", level: "says", text: "The reply has the client's xid, secs, chaddr, htype and hlen." },
    { id: "3-2", level: "says", text: "`siaddr` is the address of a server, `yiaddr` the client's address." },
    {
      id: "3-3",
      level: "says",
      text: "`file` names what the client shall load, `sname` the server's name, where there are such.",
    },
    {
      id: "7.3-1",
      level: "says",
      text: "A request that is for another server by its `sname` is dropped or passed on to that.",
      differs:
        "`sname` is not looked at: clients of today leave it empty, and its names were never registered anywhere",
    },
    { id: "7.3-2", level: "says", text: "A client that is not in the server's database gets no answer." },
    {
      id: "7.3-3",
      level: "says",
      text: "A request for a file that the server does not have gets no answer.",
      differs: "the `file` of a request is not looked at: which file a client loads is what the configuration says",
    },
    { id: "7.3-4", level: "says", text: "A relayed request is answered at the relay." },
  ],
};
