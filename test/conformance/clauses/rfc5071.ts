// RFC 5071: Dynamic Host Configuration Protocol Options Used by PXELINUX: 209 (configuration file), 210 (path
// prefix), 211 (reboot time).

import type { Rfc } from "./clause.ts";

/** The clauses that bind a server. */
export const RFC_5071: Rfc = {
  number: 5071,
  title: "Dynamic Host Configuration Protocol Options Used by PXELINUX",
  clauses: [
    {
      id: "4.2-1",
      level: "says",
      text: "The configuration file's name has no zero at its end; nor has the path prefix.",
    },
    { id: "4.5-1", level: "MUST", text: "The configuration file, where it is configured, is sent to who asks for it." },
    { id: "4.5-2", level: "MUST", text: "It is sent too to who may need it later and does not ask." },
    { id: "4.5-3", level: "MUST NOT", text: "It is not sent without a value, nor with an empty one." },
    { id: "5.5-1", level: "MUST", text: "The path prefix, where it is configured, is sent, asked for or not." },
    { id: "5.5-2", level: "MUST NOT", text: "It is not sent without a value, nor with an empty one." },
    { id: "6.5-1", level: "MUST", text: "The reboot time, where it is configured, is sent, asked for or not." },
    { id: "6.5-2", level: "MUST NOT", text: "It is not sent without a value, nor with an empty one." },
  ],
};
