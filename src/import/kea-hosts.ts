// Kea's reservations as hosts. A host here is known on every network; a host with an address counts on that address's
// network, as in Kea.

import { formatHex } from "../base/bytes.ts";
import { enclosed } from "./condition-text.ts";
import type { KeaClasses } from "./kea-classes.ts";
import type { KeaMap } from "./kea-map.ts";
import { hexOctets, isName, parseOctets, quote } from "./written.ts";

/** The statements by which a host is recognised. */
export function identifiersOf(map: KeaMap): readonly string[] {
  const statements: string[] = [];
  const hardware = octetsOf(map, "hw-address");
  if (hardware !== undefined) statements.push(`hardware ethernet ${hexOctets(hardware)};`);
  const client = octetsOf(map, "client-id");
  if (client !== undefined) statements.push(`option dhcp-client-identifier = ${hexOctets(client)};`);
  const circuit = octetsOf(map, "circuit-id");
  if (circuit !== undefined) statements.push(`host-identifier option agent.circuit-id ${hexOctets(circuit)};`);
  map.lose("duid", "a host is known by its client identifier: write the one that its client sends");
  map.lose("flex-id", "a host is known by hardware address, client identifier or what its relay says");
  return statements;
}

/** Puts the hosts of maps into the classes that they name. */
export function reserveClasses(hosts: readonly KeaMap[], classes: KeaClasses): void {
  for (const host of hosts) {
    const names = host.texts("client-classes");
    const condition = conditionFor(host);
    if (names.length > 0 && condition !== undefined) classes.reserve(names, condition);
  }
}

/** Reports what the import does with a host's classes. */
export function finishClasses(map: KeaMap): void {
  if (map.texts("client-classes").length > 0 && conditionFor(map) === undefined)
    map.lose("client-classes", "nothing here says who the host is");
}

/** The condition that a query is a host's. */
function conditionFor(map: KeaMap): string | undefined {
  const conditions: string[] = [];
  const add = (name: string, data: string): void => {
    const octets = octetsOf(map, name);
    if (octets === undefined || octets.length === 0) return;
    // A single octet could be read as a number.
    const value = octets.length === 1 ? quote(String.fromCharCode(...octets)) : hexOctets(octets);
    conditions.push(`${data} = ${value}`);
  };
  add("hw-address", "substring(hardware, 1, 16)");
  add("client-id", "option dhcp-client-identifier");
  add("circuit-id", "option agent.circuit-id");
  const [first] = conditions;
  if (first === undefined || conditions.length === 1) return first;
  return enclosed(conditions.join(" or "));
}

/** A reservation's values besides an address. */
const VALUES = ["option-data", "hostname", "next-server", "server-hostname", "boot-file-name", "client-classes"];

/** Whether a reservation has values of its own. */
export function hasValues(map: KeaMap): boolean {
  return VALUES.some((name) => map.has(name));
}

function octetsOf(map: KeaMap, name: string): Uint8Array | undefined {
  const text = map.text(name);
  return text === undefined ? undefined : parseOctets(text);
}

/** Names of hosts, each once. */
export class HostNames {
  /** Each with the number that the last one of it has behind its name. */
  private readonly names = new Map<string, number>();

  /** A name that no other host has: what Kea calls it, else its hardware address, its address, its line. */
  nameOf(map: KeaMap): string {
    const hardware = octetsOf(map, "hw-address");
    const who = hardware === undefined ? (map.text("ip-address") ?? "") : formatHex(hardware, "-");
    const names = [map.text("hostname") ?? "", who === "" ? "" : `host-${who}`];
    const name = names.find(isName) ?? `host-${map.place.line}`;
    let number = this.names.get(name) ?? 0;
    let free = name;
    while (this.names.has(free)) free = `${name}-${++number}`;
    this.names.set(name, Math.max(1, number));
    if (free !== name) this.names.set(free, 1);
    return free;
  }
}
