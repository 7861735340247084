// RFC 1542: Clarifications and Extensions for the Bootstrap Protocol. Levels are plain prose here, even where the RFC has a keyword.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_1542: Rfc = {
  number: 1542,
  title: "Clarifications and Extensions for the Bootstrap Protocol",
  clauses: [
    { id: "2.1-1", level: "says", text: "A BOOTP message has 300 octets at least." },
    { id: "2.2-1", level: "says", text: "Bits of `flags` that are reserved are ignored." },
    {
      id: "3.5-1",
      level: "says",
      text: "A client whose vendor area starts with another cookie, or none, is not sent options as if it had sent that of RFC 1497.",
    },
    { id: "5.1-1", level: "says", text: "Requests from the source address 0.0.0.0 are taken." },
    { id: "5.1-2", level: "says", text: "Requests to the broadcast address and to the server's own are taken." },
    { id: "5.1-3", level: "says", text: "What is no BOOTREQUEST is dropped silently." },
    { id: "5.2-1", level: "says", text: "`secs` may be looked at, but no client is refused for it." },
    { id: "5.3-1", level: "says", text: "`ciaddr` is not a request for that address." },
    {
      id: "5.4-1",
      level: "says",
      text: "With ciaddr the reply is sent there, to port 68.",
      differs: "nobody shows that the ciaddr of a BOOTREQUEST is its own; the reply goes where it would go without",
    },
    {
      id: "5.4-2",
      level: "says",
      text: "Else, with giaddr, it is sent to the relay, to port 67, whatever the broadcast flag says.",
    },
    { id: "5.4-3", level: "says", text: "Else, with the broadcast flag, it is broadcast to 255.255.255.255, port 68." },
    { id: "5.4-4", level: "says", text: "Else it is sent to yiaddr at chaddr, port 68." },
    { id: "5.4-5", level: "says", text: "The broadcast flag comes back in the reply, for the relay to see." },
  ],
};
