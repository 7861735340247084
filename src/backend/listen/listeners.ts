// Which sockets the udp backend wants, from the kernel's interfaces and what command line and
// configuration ask for. Pure: data in, data out.
//
// Guarantees: one socket per address, so that the kernel hands every datagram to exactly one of
// them; a wildcard socket is alone, because a broadcast is copied to every match; 255.255.255.255
// only where an interface is served directly. Two interfaces that stand on one link (a macvlan and
// its lower device) both hear a broadcast: unless both are named, only one of them is served.

import type { Interface, InterfaceAddress } from "../../base/interface.ts";
import { formatIpv4, IPV4_BROADCAST, IPV4_NONE, type Ipv4, isInNetwork, maskOfLength } from "../../base/ipv4.ts";
import type { WantedListeners } from "../backend.ts";

/** The purposes of listeners; the last two are the bpf backend's. */
export type ListenerKind = "interface" | "broadcast" | "address" | "wildcard" | "frames" | "port";

/** A socket that should be open. */
export interface PlannedListener {
  readonly kind: ListenerKind;
  /** What tells it from the others: the address it is bound to, or the ifindex where the kind is `frames`. */
  readonly key: number;
  /** Bound to this address; the interface's first one where the kind is `frames`. */
  readonly address: Ipv4;
  /** Name of the interface that has the address; empty where the kind is not `interface` or `frames`. */
  readonly interface: string;
  /** May be bound before the address exists. */
  readonly freebind: boolean;
  /** For logs and status pages. */
  readonly description: string;
}

/** Something the user should hear of. */
export interface PlanNote {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** The whole picture. */
export interface ListenerPlan {
  readonly listeners: readonly PlannedListener[];
  /** Interfaces whose broadcasts are answered; each has an address. */
  readonly served: readonly Interface[];
  /** Addresses of ours at which queries are answered on every interface. */
  readonly answered: readonly Ipv4[];
  readonly notes: readonly PlanNote[];
}

/** Plans the listeners. The notes are the same as long as the picture is. */
export function planListeners(interfaces: readonly Interface[], wanted: WantedListeners): ListenerPlan {
  const notes: PlanNote[] = [];
  const served =
    wanted.interfaces.length > 0
      ? namedInterfaces(interfaces, wanted, notes)
      : matchingInterfaces(interfaces, wanted, notes);
  for (const name of wanted.relayInterfaces ?? []) {
    if (interfaces.some((entry) => entry.name === name)) continue;
    notes.push({
      level: "warn",
      message: `relays interface ${name}: no such interface: no relay is heard by it until it appears`,
    });
  }
  const names = served.map((entry) => entry.name).join(", ");
  const broadcasts = served.length > 0 ? `broadcasts on ${names}` : "no broadcasts";
  if (wanted.wildcard) {
    const only = boundTo(IPV4_NONE, "wildcard", ` (every address; ${broadcasts})`);
    const answered = interfaces.flatMap((entry) => entry.addresses.map(({ address }) => address));
    return { listeners: [only], served, answered, notes };
  }
  const configured = new Set(wanted.addresses);
  const planned = new Map<Ipv4, PlannedListener>();
  for (const entry of served) {
    for (const address of listenAddresses(entry, wanted)) {
      if (planned.has(address)) continue;
      const listener = boundTo(address, "interface", ` (${entry.name})`, configured.has(address));
      planned.set(address, { ...listener, interface: entry.name });
    }
  }
  const answered = [...new Set([...planned.keys(), ...configured])];
  if (served.length > 0) planned.set(IPV4_BROADCAST, boundTo(IPV4_BROADCAST, "broadcast", ` (${broadcasts})`));
  for (const address of configured) {
    if (!planned.has(address)) planned.set(address, boundTo(address, "address", "", true));
  }
  return { listeners: [...planned.values()], served, answered, notes };
}

/** A UDP socket bound to an address; `purpose` ends its description. */
export function boundTo(address: Ipv4, kind: ListenerKind, purpose: string, freebind = false): PlannedListener {
  const description = `${formatIpv4(address)} port 67${purpose}`;
  return { kind, key: address, address, interface: "", freebind, description };
}

/** What to open, what to close and what goes on, perhaps under a new description. */
export interface ListenerDiff {
  readonly open: readonly PlannedListener[];
  readonly keep: readonly PlannedListener[];
  readonly close: readonly number[];
}

/** Compares the keys of the sockets that are open with the plan. */
export function diffListeners(present: Iterable<number>, planned: readonly PlannedListener[]): ListenerDiff {
  const open = new Set(present);
  const wanted = new Set(planned.map((listener) => listener.key));
  return {
    open: planned.filter((listener) => !open.has(listener.key)),
    keep: planned.filter((listener) => open.has(listener.key)),
    close: [...open].filter((key) => !wanted.has(key)),
  };
}

/** The first primary address, and every other primary one in a configured subnet: clients there renew at it. */
function listenAddresses(entry: Interface, wanted: WantedListeners): readonly Ipv4[] {
  const primary = entry.addresses.filter((address) => address.primary);
  return primary
    .filter((address, position) => position === 0 || wanted.isServed(address.address))
    .map((address) => address.address);
}

function namedInterfaces(
  interfaces: readonly Interface[],
  wanted: WantedListeners,
  notes: PlanNote[],
): readonly Interface[] {
  const served: Interface[] = [];
  for (const name of new Set(wanted.interfaces)) {
    const entry = interfaces.find((candidate) => candidate.name === name);
    if (entry === undefined) {
      notes.push({ level: "warn", message: `${name}: no such interface: it is served as soon as it appears` });
    } else if (!isDirect(entry)) {
      if (isAskedByRelays(entry, wanted)) continue;
      const message = `${name}: a loopback or point-to-point interface cannot be served directly: use -uADDRESS`;
      notes.push({ level: "error", message });
    } else if (!entry.addresses.some((address) => address.primary)) {
      notes.push({ level: "warn", message: `${name}: no IPv4 address: it is served as soon as it has one` });
    } else {
      const twin = served.find((other) => isOnSameLink(other.addresses, entry.addresses));
      if (twin !== undefined) {
        const message = `${name} and ${twin.name} have addresses in one network: a broadcast that both hear is answered twice`;
        notes.push({ level: "warn", message });
      }
      served.push(entry);
    }
  }
  return served;
}

function matchingInterfaces(
  interfaces: readonly Interface[],
  wanted: WantedListeners,
  notes: PlanNote[],
): readonly Interface[] {
  const matching = interfaces
    .filter((entry) => isDirect(entry) && entry.addresses.some((address) => wanted.isServed(address.address)))
    .map((entry) => ({ entry, addresses: entry.addresses.filter((address) => wanted.isServed(address.address)) }));
  // The whole network before a single address in it (VRRP's), the lower device before the devices on it.
  matching.sort((a, b) => shortest(a.addresses) - shortest(b.addresses) || a.entry.ifindex - b.entry.ifindex);
  const served: typeof matching = [];
  // A server of relays alone has nothing to say about the interfaces of its host.
  if (matching.length > 0 || wanted.addresses.length === 0) noteUnserved(interfaces, wanted, notes);
  for (const candidate of matching) {
    const twin = served.find((other) => isOnSameLink(other.addresses, candidate.addresses));
    if (twin === undefined) served.push(candidate);
    else {
      const message = `${candidate.entry.name}: not served: ${twin.entry.name} has an address in the same network; name the interfaces to serve on the command line to choose`;
      notes.push({ level: "warn", message });
    }
  }
  return served.map(({ entry }) => entry).sort((a, b) => a.ifindex - b.ifindex);
}

/** Notes each interface whose clients get no answer: no subnet has its address, or clients cannot broadcast there. */
function noteUnserved(interfaces: readonly Interface[], wanted: WantedListeners, notes: PlanNote[]): void {
  for (const entry of interfaces) {
    if (entry.pointToPoint) noteTunnel(entry, wanted, notes);
    if (!isDirect(entry) || entry.addresses.some(({ address }) => wanted.isServed(address))) continue;
    const first = entry.addresses.find(({ primary }) => primary);
    // Relays ask at an address that is listened on, and the interface has no clients.
    if (first === undefined || entry.addresses.some(({ address }) => wanted.addresses.includes(address))) continue;
    const message = `${entry.name} is not served: no subnet is declared for its address ${formatIpv4(first.address)}`;
    notes.push({ level: "info", message });
  }
}

/** Whether relays are listened for there. `-uADDRESS lo` also says that no interface has clients; the address may come to lo later. */
function isAskedByRelays({ loopback, addresses }: Interface, wanted: WantedListeners): boolean {
  if (wanted.wildcard || (loopback && wanted.addresses.length > 0)) return true;
  return addresses.some(({ address }) => wanted.addresses.includes(address));
}

/** A subnet with the address of a tunnel is usually meant for relays that ask there. */
function noteTunnel({ name, addresses }: Interface, wanted: WantedListeners, notes: PlanNote[]): void {
  for (const { address } of addresses) {
    if (!wanted.isServed(address) || wanted.addresses.includes(address)) continue;
    const text = formatIpv4(address);
    const message = `${name} is not served: clients cannot broadcast on a point-to-point interface. If relays ask at its address, write: listen on ${text};`;
    notes.push({ level: "info", message });
  }
}

function isDirect(entry: Interface): boolean {
  return entry.broadcast && !entry.loopback && !entry.pointToPoint;
}

function shortest(addresses: readonly InterfaceAddress[]): number {
  return Math.min(...addresses.map((address) => address.prefixLength));
}

function isOnSameLink(some: readonly InterfaceAddress[], others: readonly InterfaceAddress[]): boolean {
  return some.some((one) => others.some((other) => isInNetworkOf(one, other) || isInNetworkOf(other, one)));
}

function isInNetworkOf(one: InterfaceAddress, other: InterfaceAddress): boolean {
  const mask = maskOfLength(other.prefixLength);
  return isInNetwork(one.address, (other.address & mask) >>> 0, mask);
}
