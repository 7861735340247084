// Which of the configured listening addresses are on this host, and what the log says when that changes.
// Their sockets are open either way (IP_FREEBIND), so a mistyped address would look like a good one.

import type { Interface } from "../../base/interface.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import type { PlanNote } from "./listeners.ts";

/** Follows the configured addresses through pictures of the interfaces. */
export class AddressPresence {
  /** Interface that each configured address was on at the last look; "" for none. */
  private places: ReadonlyMap<Ipv4, string> = new Map();

  /** Takes in a new picture: returns a note for each address that has come or gone, or is wanted anew and absent. */
  follow(interfaces: readonly Interface[], configured: readonly Ipv4[]): readonly PlanNote[] {
    const before = this.places;
    this.places = new Map(configured.map((address) => [address, describeInterface(address, interfaces)]));
    return [...this.places].flatMap(([address, place]) => noteFor(address, before.get(address), place) ?? []);
  }
}

function noteFor(address: Ipv4, before: string | undefined, now: string): PlanNote | undefined {
  const name = formatIpv4(address);
  if (now !== "") {
    return before === ""
      ? { level: "info", message: `${name} is on ${now} now: queries to it are answered` }
      : undefined;
  }
  if (before === "") return undefined;
  const message =
    before === undefined
      ? `${name} is on no interface of this host: nothing arrives there until you add it (ip address add ${name}/32 dev lo); if that is a typing error, correct "listen on" or -u`
      : `${name} is not on ${before} any more: nothing arrives there until it is back`;
  return { level: "warn", message };
}

function describeInterface(address: Ipv4, interfaces: readonly Interface[]): string {
  return interfaces.find((entry) => entry.addresses.some((own) => own.address === address))?.name ?? "";
}
