// The values by which host declarations are looked up.

import type { ClientFacts } from "../../wire/client-facts.ts";

/** What identifies a client; octets past the lengths are ignored. */
export type HostClient = Readonly<
  Pick<
    ClientFacts,
    "htype" | "hlen" | "chaddr" | "clientId" | "clientIdLength" | "agentInformation" | "agentInformationLength"
  >
>;
