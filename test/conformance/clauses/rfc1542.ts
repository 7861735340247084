// RFC 1542: Clarifications and Extensions for the Bootstrap Protocol.

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_1542: Rfc = {
  number: 1542,
  title: "Clarifications and Extensions for the Bootstrap Protocol",
  clauses: [
    { id: "2.1-1", level: "says", text: "A BOOTP message has 300 octets at least." },
    {
      id: "2.1-2",
      level: "SHOULD",
      text: "A shorter one is dropped silently.",
      differs:
        "DHCP clients pad or do not, and RFC 2131 does not ask it of them; a message that is whole is taken, whatever its length",
    },
    { id: "2.1-3", level: "MUST", text: "Messages of more than 300 octets are taken too." },
    {
      id: "2.1-4",
      level: "MUST",
      text: "What is neither BOOTREQUEST nor BOOTREPLY is dropped silently, and a server has no use for the latter.",
    },
    { id: "2.2-1", level: "MUST", text: "Bits of `flags` that are reserved are ignored." },
    { id: "2.3-1", level: "MUST", text: "`chaddr` comes back with its bits as the client has ordered them." },
    { id: "3.3-1", level: "says", text: "The address in `yiaddr` may be another than the client's `ciaddr`." },
    {
      id: "3.5-1",
      level: "says",
      text: "A client whose vendor area starts with another cookie, or none, is not sent options as if it had sent that of RFC 1497.",
    },
    { id: "5.1-1", level: "MUST", text: "Requests from the source address 0.0.0.0 are taken." },
    {
      id: "5.1-2",
      level: "MUST",
      text: "Requests from other addresses are taken too, by broadcast and at the server's own address.",
    },
    { id: "5.1-4", level: "MUST", text: "What comes to port 68 is nothing to a server." },
    { id: "5.2-1", level: "says", text: "`secs` may be looked at; here no client is refused for it." },
    { id: "5.3-1", level: "SHOULD NOT", text: "A client is not known by its `ciaddr` alone." },
    { id: "5.3-2", level: "SHOULD", text: "The reply has the request's `ciaddr`." },
    {
      id: "5.4-1",
      level: "SHOULD",
      text: "With `ciaddr` the reply is sent there, unless the server chooses to act as if it were 0, which is left to it: this one does, since nobody shows that the address is the client's.",
    },
    {
      id: "5.4-2",
      level: "SHOULD",
      text: "With `giaddr` the reply is sent to the relay, whatever the broadcast flag says.",
    },
    { id: "5.4-3", level: "SHOULD", text: "Without, and with the broadcast flag, it is broadcast to 255.255.255.255." },
    { id: "5.4-4", level: "SHOULD", text: "With neither it is sent to `yiaddr` at `chaddr`." },
    {
      id: "5.4-5",
      level: "MUST",
      text: "The broadcast flag comes back in a relayed reply as it came, unless the server knows the client better.",
    },
    { id: "5.4-6", level: "MUST", text: "Relays are answered on port 67, clients on port 68." },
  ],
};
