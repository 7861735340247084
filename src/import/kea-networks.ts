// Kea's shared networks, subnets, pools and reservations, as blocks.

import { broadcastOf, formatIpv4, maskOfLength } from "../base/ipv4.ts";
import { type Guard, guardOf, type KeaClasses } from "./kea-classes.ts";
import type { KeaDefinitions } from "./kea-definitions.ts";
import { finishClasses, HostNames, hasValues, identifiersOf } from "./kea-hosts.ts";
import type { KeaMap } from "./kea-map.ts";
import { writeOptionData } from "./kea-options.ts";
import { finishMap } from "./kea-reasons.ts";
import { headerOf, lifetimesOf, parseEnds, parseNetwork, type Statement, timersOf } from "./kea-values.ts";
import type { Place } from "./notice.ts";
import { quote } from "./written.ts";

/** What is the same for all of a file. */
export interface KeaFacts {
  readonly definitions: KeaDefinitions;
  readonly classes: KeaClasses;
  readonly hasDdns: boolean;
  readonly servesBootp: boolean;
  /** Whether there are several networks, so that it matters where a host counts. */
  readonly hasNetworks: boolean;
}

/** What the blocks around a block say. */
interface Around {
  readonly depth: number;
  readonly guards: readonly Guard[];
  /** The subnet, for hosts in it. */
  readonly subnet: string | undefined;
  /** Whether Kea looks at the reservations of subnets at all. */
  readonly usesReservations: boolean;
}

/** Writes the networks of one file. */
export class KeaNetworks {
  readonly statements: Statement[] = [];
  private readonly facts: KeaFacts;
  private readonly hostNames = new HostNames();

  constructor(facts: KeaFacts) {
    this.facts = facts;
  }

  /** Writes all that the outermost map declares. */
  writeAll(map: KeaMap): void {
    const top: Around = { depth: 0, guards: [], subnet: undefined, usesReservations: usesReservations(map, true) };
    const networks = map.maps("shared-networks");
    const subnets = map.maps("subnet4");
    for (const network of networks) this.writeNetwork(network, top);
    this.writeByInterface(subnets, new Set(networks.map((network) => network.text("name") ?? "")), top);
    const isGlobal = [map, ...networks, ...subnets].some(
      (each) => each.flag("reservations-global") === true || each.text("reservation-mode") === "global",
    );
    for (const host of map.maps("reservations")) {
      if (isGlobal) this.writeHost(host, { ...top, usesReservations: true });
      else host.loseAll("Kea has no use for a reservation at the top level without reservations-global true");
    }
  }

  /** Subnets of one interface are on one wire. */
  private writeByInterface(subnets: readonly KeaMap[], names: Set<string>, around: Around): void {
    const byInterface = new Map<string, KeaMap[]>();
    for (const subnet of subnets) {
      const name = subnet.text("interface") ?? "";
      const known = byInterface.get(name);
      if (known === undefined) byInterface.set(name, [subnet]);
      else known.push(subnet);
    }
    const written = new Set<KeaMap>();
    for (const subnet of subnets) {
      const name = subnet.text("interface") ?? "";
      const together = byInterface.get(name) ?? [];
      if (written.has(subnet)) continue;
      if (name === "" || together.length < 2) {
        this.writeSubnet(subnet, around);
        continue;
      }
      let free = name;
      while (names.has(free)) free += " again";
      names.add(free);
      this.put(around, `shared-network ${quote(free)} {`, subnet.place);
      for (const each of together) {
        each.change(
          "interface",
          `the subnets of ${name} are a shared network: it is found by the addresses of ${name}`,
        );
        this.writeSubnet(each, { ...around, depth: around.depth + 1 });
        written.add(each);
      }
      this.put(around, "}", subnet.place);
    }
  }

  private writeNetwork(map: KeaMap, around: Around): void {
    const subnets = map.maps("subnet4");
    if (subnets.length === 0) return map.loseAll("a shared network without a subnet serves nobody");
    this.put(around, `shared-network ${quote(map.text("name") ?? "")} {`, map.place);
    const inside = this.inside(map, around);
    this.putAll(inside, this.valuesOf(map));
    this.putBranches(map, inside);
    for (const subnet of subnets) this.writeSubnet(subnet, inside);
    for (const host of map.maps("reservations")) this.writeHost(host, inside);
    this.put(around, "}", map.place);
    if (subnets.length > 1)
      map.change("subnet4", "Kea tries the subnet of a client's relay first, this server all of them in this order");
    map.change("interface", "the network is found by the addresses of that interface");
    finishMap(map, this.facts.hasDdns);
  }

  private writeSubnet(map: KeaMap, around: Around): void {
    const network = parseNetwork(map.text("subnet") ?? "");
    if (network === undefined) return;
    const mask = formatIpv4(maskOfLength(network.prefixLength));
    const address = formatIpv4(network.address);
    const inside = { ...this.inside(map, around), subnet: `${address}/${network.prefixLength}` };
    this.put(around, `subnet ${address} netmask ${mask} {`, map.place);
    this.putAll(inside, this.valuesOf(map));
    this.putBranches(map, inside);
    for (const pool of map.maps("pools")) this.writePool(pool, network, inside);
    for (const host of map.maps("reservations")) this.writeHost(host, inside);
    this.put(around, "}", map.place);
    if (map.text("interface") !== undefined && around.depth === 0)
      map.change("interface", "the subnet is found by the addresses of that interface, one of which has to be in it");
    finishMap(map, this.facts.hasDdns);
  }

  private writePool(map: KeaMap, network: NonNullable<ReturnType<typeof parseNetwork>>, around: Around): void {
    const ends = parseEnds(map.text("pool") ?? "");
    if (ends === undefined) return;
    // No client is to have the network's own or its broadcast address.
    const mask = maskOfLength(network.prefixLength);
    const broadcast = broadcastOf(network.address, mask);
    const hasEdges = mask < 0xfffffffe;
    const first = hasEdges && ends.first === network.address ? ends.first + 1 : ends.first;
    const last = hasEdges && ends.last === broadcast ? ends.last - 1 : ends.last;
    if (first !== ends.first || last !== ends.last)
      map.lose("pool", "the network and broadcast addresses of a subnet are not given out");
    const inside = this.inside(map, around);
    const what = `${formatIpv4(ends.first)} - ${formatIpv4(ends.last)}`;
    const permits = this.facts.classes.permits(inside.guards, what, map.place);
    const statements = [...permits, ...this.valuesOf(map), ...this.branchesOf(map)];
    const bootp = this.facts.servesBootp ? "dynamic-bootp " : "";
    const range = `range ${bootp}${formatIpv4(first)} ${formatIpv4(last)};`;
    if (statements.length === 0) this.put(around, range, map.place);
    else {
      this.put(around, "pool {", map.place);
      this.putAll(inside, statements);
      this.put(inside, range, map.place);
      this.put(around, "}", map.place);
    }
    map.pass("pool-id");
    finishMap(map, this.facts.hasDdns);
  }

  private writeHost(map: KeaMap, around: Around): void {
    if (!around.usesReservations) return map.loseAll("Kea has no use for it while reservations-in-subnet is false");
    const identifiers = identifiersOf(map);
    const hostName = map.text("hostname") ?? "";
    const address = map.text("ip-address");
    const isToldOf = map.has("duid") || map.has("flex-id");
    if (identifiers.length === 0 && !isToldOf) map.loseAll("nothing here says who the host is");
    const inside = { ...around, depth: around.depth + 1 };
    this.put(around, `host ${this.hostNames.nameOf(map)} {`, map.place);
    for (const identifier of identifiers) this.put(inside, identifier, map.place);
    if (address !== undefined) this.put(inside, `fixed-address ${address.trim()};`, map.placeOf("ip-address"));
    if (hostName !== "") this.put(inside, `option host-name ${quote(hostName)};`, map.placeOf("hostname"));
    this.putAll(inside, this.valuesOf(map));
    this.put(around, "}", map.place);
    finishClasses(map);
    if (this.facts.hasNetworks) tellWhereItCounts(map, around.subnet);
    finishMap(map, this.facts.hasDdns);
  }

  private inside(map: KeaMap, around: Around): Around {
    const guard = guardOf(map);
    return {
      ...around,
      depth: around.depth + 1,
      guards: guard === undefined ? around.guards : [...around.guards, guard],
      usesReservations: usesReservations(map, around.usesReservations),
    };
  }

  /** Options that hold only for members of a class which this block asks for. */
  private branchesOf(map: KeaMap): readonly Statement[] {
    return ["require-client-classes", "evaluate-additional-classes"].flatMap((member) =>
      map.texts(member).flatMap((name) => {
        const branch = this.facts.classes.branch(name);
        if (branch === undefined) map.lose(member, `there is no condition for the class ${name}`);
        return branch ?? [];
      }),
    );
  }

  private putBranches(map: KeaMap, around: Around): void {
    this.putAll(around, this.branchesOf(map));
  }

  /** The values that a map sets, as statements. */
  private valuesOf(map: KeaMap): readonly Statement[] {
    const { definitions, classes } = this.facts;
    return [...plainValuesOf(map, false), ...writeOptionData(map, definitions, classes.conditionOf)];
  }

  private putAll(around: Around, statements: readonly Statement[]): void {
    for (const { text, place } of statements) this.put(around, text, place);
  }

  private put({ depth }: Around, text: string, place: Place): void {
    this.statements.push({ text: text.replace(/^/gm, "\t".repeat(depth)), place });
  }
}

/** The values of a map, without its options. */
export function plainValuesOf(map: KeaMap, isTop: boolean): readonly Statement[] {
  const values: Statement[] = [...lifetimesOf(map, isTop), ...timersOf(map), ...headerOf(map)];
  const add = (name: string, value: boolean, text: string): void => {
    if (map.flag(name) === value) values.push({ text, place: map.placeOf(name) });
  };
  add("match-client-id", false, "ignore-client-uids true;");
  add("echo-client-id", false, "echo-client-id false;");
  if (!isTop) add("authoritative", true, "authoritative;");
  return values;
}

/** Whether Kea looks at the reservations of subnets in a block. */
function usesReservations(map: KeaMap, around: boolean): boolean {
  const mode = map.text("reservation-mode");
  const byMode = mode === undefined ? undefined : mode === "all" || mode === "out-of-pool";
  return map.flag("reservations-in-subnet") ?? byMode ?? around;
}

/** Says where a host counts here and does not in Kea, or the other way round. */
function tellWhereItCounts(map: KeaMap, subnet: string | undefined): void {
  const hasAddress = map.has("ip-address");
  if (subnet !== undefined && !hasAddress)
    map.changeAll(`without an address the host counts on every network, in Kea in ${subnet} only`);
  if (subnet === undefined && hasAddress && hasValues(map))
    map.changeAll("with an address the host's values count on its network only, in Kea on every one");
}
