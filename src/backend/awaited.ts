// The interfaces or addresses that a backend without a listener waits for, in words. Pure.

import { DaemonError } from "../base/daemon-error.ts";
import type { WantedListeners } from "./backend.ts";
import type { PlanNote } from "./listen/listeners.ts";

/** So many networks are named. */
const NETWORKS_SAID = 5;
const LIST_ADDRESSES = '"ip -4 address" lists what is there';

/**
 * The interface or address that has to appear before the server can serve any client, when none is present yet. Throws
 * DaemonError if nothing could appear: the interfaces that were named cannot be served, or no subnet is configured.
 */
export function awaitedText({ interfaces, networks }: WantedListeners, notes: readonly PlanNote[]): string {
  const usable = interfaces.filter((name) => !notes.some((note) => isRefusalOf(note, name)));
  if (usable.length > 0) {
    return `nobody is served yet: anydhcpd waits until ${usable.join(" or ")} is there with an IPv4 address (if the name is a typing error, correct it: ${LIST_ADDRESSES})`;
  }
  if (interfaces.length > 0) {
    throw new DaemonError("no-interface", `nothing to listen on: ${notes.map((note) => note.message).join("; ")}`);
  }
  if (networks.length === 0) {
    throw new DaemonError(
      "no-interface",
      "nothing to listen on: the configuration has no subnet: declare the one that an interface has an address in, or name an address (listen on, -uADDRESS)",
    );
  }
  const more = networks.length > NETWORKS_SAID ? `, or in one of ${networks.length - NETWORKS_SAID} more` : "";
  const named = networks.slice(0, NETWORKS_SAID).join(", ");
  return `nobody is served yet: no interface has an address in a configured subnet; anydhcpd waits for an address in ${named}${more} (${LIST_ADDRESSES}; for relayed clients only, use "listen on ADDRESS" or -uADDRESS)`;
}

/** Whether the note says that this interface cannot be served even if it gets other addresses. */
function isRefusalOf(note: PlanNote, name: string): boolean {
  return note.level === "error" && note.message.startsWith(`${name}: `);
}
