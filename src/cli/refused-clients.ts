// The refused clients, in the control protocol's form.

import { isoTime } from "../control/lease-description.ts";
import type { RefusedClients } from "../control/messages.ts";
import type { RefusedQueries } from "../server/refused-queries.ts";

/** The refused clients that the server remembers, with times as text. */
export function describeRefused(refused: RefusedQueries): RefusedClients {
  const { clients, chosenServers } = refused.describe();
  return {
    clients: clients.map(({ since, at, ...rest }) => ({ ...rest, since: isoTime(since), at: isoTime(at) })),
    chosenServers: chosenServers.map(({ at, ...rest }) => ({ ...rest, at: isoTime(at) })),
  };
}
