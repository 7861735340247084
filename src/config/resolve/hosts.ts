// Hosts: what identifies them, where their fixed addresses lie, and what two of them may share.
//
// Several declarations may be about one client: one for each network on which it has a fixed address (a laptop in two
// networks), and one without a fixed address for all the others. Two declarations that would count on the same network
// are an error.

import { formatHex } from "../../base/bytes.ts";
import { broadcastOf, formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { addTo } from "../../base/lists.ts";
import type { Report } from "../language/source.ts";
import type { AddressAt, HardwareParameter, HostIdentifierParameter, OptionParameter } from "../language/syntax.ts";
import type { Host } from "../model/model.ts";
import { firstOfEach } from "./check.ts";
import { isClientIdentifier, type Level } from "./levels.ts";
import type { DeclaredSubnet } from "./ranges.ts";

/** One `host` declaration. */
export interface HostDraft {
  readonly name: string;
  readonly at: number;
  readonly level: Level;
  readonly hardware: readonly HardwareParameter[];
  readonly clientId: OptionParameter | undefined;
  readonly agentOptions: readonly HostIdentifierParameter[];
  readonly fixed: readonly AddressAt[];
  /** Whether it has a `fixed-address`, also if nothing came of its host names. */
  readonly isFixed: boolean;
  /** Shared networks (by position) that the fixed addresses lie in; UNKNOWN_LINK for addresses of subnets in error. */
  readonly links: ReadonlySet<number>;
}

const UNKNOWN_LINK = -1;

/** Finds the subnet of an address; "unknown" when the subnets themselves are in error. */
export type FindSubnet = (address: Ipv4) => DeclaredSubnet | undefined | "unknown";

/** Reads what the block of `level` says about its host, and checks its fixed addresses. */
export function draftHost(level: Level, find: FindSubnet, report: Report): HostDraft {
  const { block } = level;
  const name = block.header.kind === "host" ? block.header.name : "";
  const hardware: HardwareParameter[] = [];
  const fixed: AddressAt[] = [];
  const agentOptions: HostIdentifierParameter[] = [];
  let clientId: OptionParameter | undefined;
  let isBlank = false;
  for (const parameter of block.parameters) {
    if (parameter.kind === "hardware") {
      isBlank ||= parameter.address.length === 0;
      if (parameter.address.length > 0) hardware.push(parameter);
    }
    if (parameter.kind === "host-identifier") agentOptions.push(parameter);
    if (parameter.kind === "fixed-address") fixed.push(...parameter.addresses);
    if (parameter.kind === "option" && isClientIdentifier(parameter)) clientId = parameter.octets && parameter;
  }
  const isFixed = block.parameters.some(({ kind }) => kind === "fixed-address");
  const links = new Set<number>();
  for (const placed of fixed) {
    const link = checkFixedAddress(placed, find, report);
    if (link !== undefined) links.add(link);
  }
  if (hardware.length === 0 && clientId === undefined && agentOptions.length === 0 && !isBlank && !block.isIncomplete)
    report.warning(block.at, `no client can be the host ${name}`, {
      expected: "hardware ethernet ADDRESS; or option dhcp-client-identifier VALUE; in it",
    });
  if (clientId?.octets !== undefined && clientId.octets.length < 2)
    report.warning(clientId.valueAt, "a client identifier of one octet is no valid one: no client matches it", {
      expected: "at least two octets (RFC 2132 section 9.14)",
    });
  return { name, at: block.at, level, hardware, clientId, agentOptions, fixed, isFixed, links };
}

/** The link of a fixed address; undefined if it is in none. */
function checkFixedAddress(placed: AddressAt, find: FindSubnet, report: Report): number | undefined {
  const subnet = find(placed.address);
  if (subnet === "unknown") return UNKNOWN_LINK;
  const address = formatIpv4(placed.address);
  if (subnet === undefined) {
    report.warning(placed.at, `${address} is in no subnet: no client gets it`, {
      expected: "an address of a declared subnet",
    });
    return undefined;
  }
  const { network, mask, prefixLength } = subnet;
  const isNetwork = placed.address === network;
  if (prefixLength < 31 && (isNetwork || placed.address === broadcastOf(network, mask)))
    report.error(placed.at, `${address} is the ${isNetwork ? "network" : "broadcast"} address of its subnet`, {
      expected: "an address that a client can have",
      related: { at: subnet.at, message: `the subnet is ${formatIpv4(network)}/${prefixLength}` },
    });
  return subnet.sharedNetwork;
}

/** Reports clients, addresses and names that belong to two hosts. */
export function checkHosts(drafts: readonly HostDraft[], report: Report): void {
  const owners = new Map<string, HostDraft[]>();
  const known = new Map(drafts.map((draft) => [draft, identifiersOf(draft, report)]));
  for (const [draft, identifiers] of known) {
    for (const [key, at] of identifiers) {
      if (isAlone(draft, owners.get(key) ?? [], { key, at }, report)) addTo(owners, key, draft);
    }
  }
  checkNames(known, report);
  const fixed = drafts.flatMap((draft) => draft.fixed);
  const textOf = ({ address }: AddressAt) =>
    `${formatIpv4(address)} is fixed twice: only one client can have it at a time`;
  firstOfEach(fixed, ({ address }) => address, textOf, report);
}

/** Whether a declaration counts on other networks than those with the same identifier; says so if not. */
function isAlone(
  draft: HostDraft,
  others: readonly HostDraft[],
  { key, at }: { readonly key: string; readonly at: number },
  report: Report,
): boolean {
  const rival = others.find((other) => meet(draft, other));
  if (rival === undefined) return true;
  report.error(at, `the ${key} is that of two hosts, ${rival.name} and ${draft.name}`, {
    expected: "one host for a client, or fixed addresses on different networks",
    related: { at: rival.at, message: `${rival.name} is first declared here` },
  });
  return false;
}

/** Whether there can be a network on which both declarations count. */
function meet(a: HostDraft, b: HostDraft): boolean {
  if (!a.isFixed || !b.isFixed) return a.isFixed === b.isFixed;
  return [...a.links].some((link) => b.links.has(link));
}

/** The identities of a host, as text, with the place of each. */
function identifiersOf(draft: HostDraft, report: Report): ReadonlyMap<string, number> {
  const identifiers = new Map<string, number>();
  for (const { htype, address, at } of draft.hardware) {
    const key = `hardware address ${formatHex(address, ":")}${htype === 1 ? "" : ` (type ${htype})`}`;
    const first = identifiers.get(key);
    if (first !== undefined)
      report.warning(at, "this hardware address is here twice", {
        related: { at: first, message: "first declared here" },
      });
    else identifiers.set(key, at);
  }
  const { clientId } = draft;
  for (const { code, value, at } of draft.agentOptions) {
    identifiers.set(`${AGENT_NOUNS[code] ?? `agent sub-option ${code}`} ${formatHex(value, ":")}`, at);
  }
  if (clientId?.octets !== undefined)
    identifiers.set(`client identifier ${formatHex(clientId.octets, ":")}`, clientId.at);
  return identifiers;
}

const AGENT_NOUNS: Readonly<Record<number, string>> = { 1: "circuit-id", 2: "remote-id" };

/** One client's declarations may share a name; two clients' should not. */
function checkNames(known: ReadonlyMap<HostDraft, ReadonlyMap<string, number>>, report: Report): void {
  const first = new Map<string, HostDraft>();
  for (const [draft, identifiers] of known) {
    const other = first.get(draft.name);
    if (other === undefined) first.set(draft.name, draft);
    else if (![...identifiers.keys()].some((key) => known.get(other)?.has(key)))
      report.warning(draft.at, `there are two hosts named ${draft.name}`, {
        related: { at: other.at, message: "first declared here" },
      });
  }
}

/** The host that the engine sees. */
export function toHost(draft: HostDraft, index: number, report: Report): Host {
  return {
    index,
    name: draft.name,
    hardware: draft.hardware.map(({ htype, address }) => ({ htype, address })),
    clientId: draft.clientId?.octets,
    agentOptions: draft.agentOptions.map(({ code, value }) => ({ code, value })),
    isFixed: draft.isFixed,
    fixedAddresses: draft.fixed.map(({ address }) => address),
    links: [...draft.links].filter((link) => link !== UNKNOWN_LINK),
    at: report.source.place(draft.at),
  };
}
