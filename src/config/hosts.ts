// Hosts: who they are, where their fixed addresses lie, and what two of them may share.
//
// Two declarations may be one client on different networks (a laptop with a fixed address in each):
// then they have the same hardware addresses and client identifier, fixed addresses on networks of
// their own, and become one Host whose parameters depend on the network. Anything else that
// makes a client two hosts is an error.

import { formatHex } from "../base/bytes.ts";
import { broadcastOf, formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import type { Host } from "./model.ts";
import { isClientIdentifier, type Level } from "./scope.ts";
import type { Report } from "./source.ts";
import type { HardwareParameter, HostIdentifierParameter, OptionParameter, PlacedAddress } from "./syntax.ts";

/** One `host` declaration. */
export interface HostDraft {
  readonly name: string;
  readonly at: number;
  readonly level: Level;
  readonly hardware: readonly HardwareParameter[];
  readonly clientId: OptionParameter | undefined;
  readonly agentOptions: readonly HostIdentifierParameter[];
  readonly fixed: readonly PlacedAddress[];
  /** Shared networks (by position) that the fixed addresses lie in. */
  readonly links: ReadonlySet<number>;
}

/** The declarations of one client, in the order of the text; more than one if it has several networks. */
export type HostDrafts = readonly [HostDraft, ...HostDraft[]];

/** What hosts need to know of a subnet. */
export interface HostSubnet {
  readonly network: Ipv4;
  readonly mask: Ipv4;
  readonly prefixLength: number;
  readonly at: number;
  readonly sharedNetwork: number;
}

/** Finds the subnet of an address; "unknown" when the subnets themselves are in error. */
export type FindSubnet = (address: Ipv4) => HostSubnet | undefined | "unknown";

/** Reads what the block of `level` says about its host, and checks its fixed addresses. */
export function draftHost(level: Level, find: FindSubnet, report: Report): HostDraft {
  const { block } = level;
  const name = block.header.kind === "host" ? block.header.name : "";
  const hardware: HardwareParameter[] = [];
  const fixed: PlacedAddress[] = [];
  const agentOptions: HostIdentifierParameter[] = [];
  let clientId: OptionParameter | undefined;
  for (const parameter of block.parameters) {
    if (parameter.kind === "hardware") hardware.push(parameter);
    if (parameter.kind === "host-identifier") agentOptions.push(parameter);
    if (parameter.kind === "fixed-address") fixed.push(...parameter.addresses);
    if (parameter.kind === "option" && isClientIdentifier(parameter)) clientId = parameter;
  }
  const links = new Set<number>();
  for (const placed of fixed) {
    const link = checkFixedAddress(placed, find, report);
    if (link >= 0) links.add(link);
  }
  if (hardware.length === 0 && clientId === undefined && agentOptions.length === 0 && !block.isIncomplete)
    report.warning(block.at, `no client can be the host ${name}`, {
      expected: "hardware ethernet ADDRESS; or option dhcp-client-identifier VALUE; in it",
    });
  if (clientId !== undefined && clientId.octets.length < 2)
    report.warning(clientId.valueAt, "a client identifier of one octet is no valid one: no client matches it", {
      expected: "at least two octets (RFC 2132 section 9.14)",
    });
  return { name, at: block.at, level, hardware, clientId, agentOptions, fixed, links };
}

/** The link of a fixed address; -1 if it is in none. */
function checkFixedAddress(placed: PlacedAddress, find: FindSubnet, report: Report): number {
  const subnet = find(placed.address);
  if (subnet === "unknown") return -1;
  const address = formatIpv4(placed.address);
  if (subnet === undefined) {
    report.error(placed.at, `${address} is in no subnet`, { expected: "an address of a declared subnet" });
    return -1;
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

/** Joins the declarations of one client, and reports clients, addresses and names that belong to two hosts. */
export function joinHosts(drafts: readonly HostDraft[], report: Report): readonly HostDrafts[] {
  const joined: [HostDraft, ...HostDraft[]][] = [];
  const owners = new Map<string, [HostDraft, ...HostDraft[]]>();
  for (const draft of drafts) {
    const identifiers = identifiersOf(draft, report);
    const claimed = [...identifiers.keys()].map((key) => owners.get(key)).find((owner) => owner !== undefined);
    if (claimed === undefined) {
      const alone: [HostDraft, ...HostDraft[]] = [draft];
      joined.push(alone);
      for (const key of identifiers.keys()) owners.set(key, alone);
    } else if (mayJoin(draft, claimed, { identifiers, owners, report })) claimed.push(draft);
  }
  checkNames(joined, report);
  checkSharedAddresses(drafts, report);
  return joined;
}

/** What a host is known by, as text, with the place of each. */
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
  if (clientId !== undefined) identifiers.set(`client identifier ${formatHex(clientId.octets, ":")}`, clientId.at);
  return identifiers;
}

const AGENT_NOUNS: Readonly<Record<number, string>> = { 1: "circuit-id", 2: "remote-id" };

interface Claims {
  readonly identifiers: ReadonlyMap<string, number>;
  readonly owners: ReadonlyMap<string, HostDrafts>;
  readonly report: Report;
}

function mayJoin(draft: HostDraft, claimed: HostDrafts, { identifiers, owners, report }: Claims): boolean {
  const rival = claimed.find((other) => meet(draft, other));
  const known = new Set([...owners].filter(([, owner]) => owner === claimed).map(([key]) => key));
  const isSame = known.size === identifiers.size && [...identifiers.keys()].every((key) => known.has(key));
  if (rival === undefined && isSame) return true;
  const [key, at] = [...identifiers].find(([identifier]) => owners.has(identifier)) ?? ["", draft.at];
  const other = rival ?? claimed[0];
  report.error(at, `the ${key} is that of two hosts, ${other.name} and ${draft.name}`, {
    expected:
      rival === undefined
        ? "the same hardware addresses and client identifier in both, or in one of them only"
        : "one host for a client, or fixed addresses on different networks",
    related: { at: other.at, message: `${other.name} is first declared here` },
  });
  return false;
}

/** Whether there can be a network on which both declarations are about the client. */
function meet(a: HostDraft, b: HostDraft): boolean {
  return a.links.size === 0 || b.links.size === 0 || [...a.links].some((link) => b.links.has(link));
}

/** One client's declarations may share a name; two clients' should not. */
function checkNames(hosts: readonly HostDrafts[], report: Report): void {
  const first = new Map<string, HostDraft>();
  for (const drafts of hosts) {
    for (const draft of drafts) {
      const other = first.get(draft.name);
      if (other !== undefined && !drafts.includes(other))
        report.warning(draft.at, `there are two hosts named ${draft.name}`, {
          related: { at: other.at, message: "first declared here" },
        });
    }
    for (const draft of drafts) if (!first.has(draft.name)) first.set(draft.name, draft);
  }
}

function checkSharedAddresses(drafts: readonly HostDraft[], report: Report): void {
  const first = new Map<Ipv4, number>();
  for (const { address, at } of drafts.flatMap((draft) => draft.fixed)) {
    const other = first.get(address);
    if (other === undefined) first.set(address, at);
    else
      report.warning(at, `${formatIpv4(address)} is fixed twice: only one client can have it at a time`, {
        related: { at: other, message: "first declared here" },
      });
  }
}

/** The host that the engine sees. */
export function toHost(drafts: HostDrafts, index: number, report: Report): Host {
  const [draft] = drafts;
  return {
    index,
    name: draft.name,
    hardware: draft.hardware.map(({ htype, address }) => ({ htype, address })),
    clientId: draft.clientId?.octets,
    agentOptions: draft.agentOptions.map(({ code, value }) => ({ code, value })),
    fixedAddresses: drafts.flatMap(({ fixed }) => fixed.map(({ address }) => address)),
    at: report.source.place(draft.at),
  };
}
