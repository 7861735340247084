// Kea's shared networks, subnets, pools and reservations, as blocks.

import { broadcastOf, formatIpv4, maskOfLength, parseIpv4 } from "../base/ipv4.ts";
import { groupBy } from "../base/lists.ts";
import { type Guard, guardOf, type KeaClasses } from "./kea-classes.ts";
import type { KeaDefinitions } from "./kea-definitions.ts";
import { finishClasses, HostNames, hasValues, identifiersOf } from "./kea-hosts.ts";
import type { KeaMap } from "./kea-map.ts";
import { type NeverSent, neverSentIn, optionIn, writeOptionData } from "./kea-options.ts";
import { finishMap } from "./kea-reasons.ts";
import { KeaRelays, relaysOf } from "./kea-relays.ts";
import { type GlobalUse, globalUseOf, modeOf, tellWhereItCounts } from "./kea-reservations.ts";
import { type Timers, timersIn, writeTimers } from "./kea-timers.ts";
import { headerOf, lifetimesOf, parseEnds, parseNetwork, type Statement } from "./kea-values.ts";
import type { Position } from "./notice.ts";
import { quote } from "./written.ts";

/** Our name of the option that has a host's name. */
const HOST_NAME_OPTION = "host-name";

type Network = NonNullable<ReturnType<typeof parseNetwork>>;

/** Facts that are the same for the whole file. */
export interface KeaFacts {
  readonly definitions: KeaDefinitions;
  readonly classes: KeaClasses;
  readonly hasDdns: boolean;
  readonly servesBootp: boolean;
  /** Whether there are several networks, so that it matters where a host counts. */
  readonly hasNetworks: boolean;
}

/** Values of the blocks around a block. */
interface Around {
  readonly depth: number;
  readonly guards: readonly Guard[];
  /** The subnet, for hosts in it. */
  readonly subnet: string | undefined;
  /** Whether Kea looks at the reservations of subnets at all. */
  readonly usesReservations: boolean;
  /** Options that the blocks around withhold from all clients. */
  readonly neverSent: NeverSent;
  readonly timers: Timers;
  /** What stands behind the names of hosts (`ddns-qualifying-suffix`); empty if nothing does. */
  readonly suffix: string;
  /** Options that the networks around set. */
  readonly options: ReadonlySet<string>;
}

/** Kea puts it behind the names of hosts, whether it updates the DNS or not. */
const SUFFIX = "ddns-qualifying-suffix";

/** A host's name with what stands behind names, unless it has that already. */
function qualified(name: string, suffix: string): string {
  const isQualified = suffix === "" || name.endsWith(".") || name.toLowerCase().endsWith(`.${suffix.toLowerCase()}`);
  return isQualified ? name : `${name}.${suffix}`;
}

/** Writes the networks of one file. */
export class KeaNetworks {
  readonly statements: Statement[] = [];
  private readonly facts: KeaFacts;
  private readonly hostNames = new HostNames();
  private relays = new KeaRelays([]);

  constructor(facts: KeaFacts) {
    this.facts = facts;
  }

  /** Writes all that the outermost map declares. */
  writeAll(map: KeaMap, neverSent: NeverSent, timers: Timers): void {
    const { inSubnet: usesReservations } = modeOf(map, { inSubnet: true, global: false });
    const top: Around = {
      depth: 0,
      guards: [],
      subnet: undefined,
      usesReservations,
      neverSent,
      timers,
      options: new Set(),
      suffix: map.text(SUFFIX) ?? "",
    };
    const networks = map.maps("shared-networks");
    const subnets = map.maps("subnet4");
    this.relays = new KeaRelays([...networks.flatMap((network) => network.maps("subnet4")), ...subnets]);
    for (const network of networks) this.writeNetwork(network, top);
    this.writeByWire(subnets, new Set(networks.map((network) => network.text("name") ?? "")), top);
    const use = globalUseOf(map);
    for (const host of map.maps("reservations")) this.writeGlobalHost(host, { ...top, usesReservations: true }, use);
  }

  /** A reservation of the top level: with its address where that lies, and without it everywhere else. */
  private writeGlobalHost(host: KeaMap, around: Around, use: GlobalUse): void {
    const address = parseIpv4((host.text("ip-address") ?? "").trim());
    if (!use.isAnywhere)
      return host.loseAll("Kea has no use for a reservation at the top level without reservations-global true");
    if (!use.isEverywhere)
      host.changeAll("it counts on every network, in Kea only in subnets where reservations-global is true");
    const isAt = address === undefined || use.isAt(address);
    if (!isAt) host.lose("ip-address", "it lies in no subnet where reservations-global is true");
    const isElsewhere = address !== undefined && this.facts.hasNetworks && hasValues(host);
    const addresses = [...(isAt ? [true] : []), ...(isElsewhere || !isAt ? [false] : [])];
    this.writeHost(host, around, addresses);
  }

  /** Subnets of one interface are on one wire, and so are subnets of one relay. */
  private writeByWire(subnets: readonly KeaMap[], names: Set<string>, around: Around): void {
    const wires = groupBy(subnets, wireOf);
    const written = new Set<KeaMap>();
    for (const subnet of subnets) {
      const name = wireOf(subnet);
      const together = name === "" ? [subnet] : (wires.get(name) ?? []);
      if (written.has(subnet)) continue;
      if (together.length < 2 && !this.relays.needsSubnet(subnet)) {
        this.writeSubnet(subnet, around);
        this.putRelays(subnet, together, around);
        continue;
      }
      let free = name;
      while (names.has(free)) free += " again";
      names.add(free);
      this.put(around, `shared-network ${quote(free)} {`, subnet.place);
      const inside = { ...around, depth: around.depth + 1 };
      for (const each of together) {
        const wire = each.text("interface");
        if (wire !== undefined)
          each.change(
            "interface",
            `the subnets of ${wire} are a shared network: it is found by the addresses of ${wire}`,
          );
        this.writeSubnet(each, inside);
        written.add(each);
      }
      for (const each of together) this.putRelays(each, together, inside);
      this.put(around, "}", subnet.place);
    }
  }

  private putRelays(map: KeaMap, wire: readonly KeaMap[], around: Around): void {
    this.putAll(around, this.relays.subnetsFor(map, wire));
  }

  private writeNetwork(map: KeaMap, around: Around): void {
    const subnets = map.maps("subnet4");
    if (subnets.length === 0) return map.loseAll("a shared network without a subnet serves nobody");
    this.put(around, `shared-network ${quote(map.text("name") ?? "")} {`, map.place);
    const { inside, values } = this.enter(map, around);
    this.putAll(inside, values);
    this.putAll(inside, this.branchesOf(map, inside));
    for (const subnet of subnets) this.writeSubnet(subnet, inside);
    for (const relayed of [map, ...subnets]) this.putRelays(relayed, subnets, inside);
    for (const host of map.maps("reservations")) this.writeHost(host, inside, [true]);
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
    const entered = this.enter(map, around);
    const inside = { ...entered.inside, subnet: `${address}/${network.prefixLength}` };
    this.put(around, `subnet ${address} netmask ${mask} {`, map.place);
    this.putAll(inside, entered.values);
    this.putAll(inside, this.branchesOf(map, inside));
    let isBehindPool = false;
    for (const pool of map.maps("pools")) isBehindPool = this.writePool(pool, network, inside, isBehindPool);
    for (const host of map.maps("reservations")) this.writeHost(host, inside, [true]);
    this.put(around, "}", map.place);
    map.pass("relay");
    if (map.text("interface") !== undefined && around.depth === 0)
      map.change("interface", "the subnet is found by the addresses of that interface, one of which has to be in it");
    finishMap(map, this.facts.hasDdns);
  }

  /**
   * Both servers take pools in the order of the file, but here the ranges of the subnet itself come first: behind a pool,
   * each range has one of its own. Returns whether one is written by now.
   */
  private writePool(map: KeaMap, network: Network, around: Around, isBehindPool: boolean): boolean {
    const ends = parseEnds(map.text("pool") ?? "");
    if (ends === undefined) return isBehindPool;
    // No client is to have the network's own or its broadcast address.
    const mask = maskOfLength(network.prefixLength);
    const broadcast = broadcastOf(network.address, mask);
    const hasEdges = mask < 0xfffffffe;
    const first = hasEdges && ends.first === network.address ? ends.first + 1 : ends.first;
    const last = hasEdges && ends.last === broadcast ? ends.last - 1 : ends.last;
    if (first !== ends.first || last !== ends.last)
      map.lose("pool", "the network and broadcast addresses of a subnet are not given out");
    const { inside, values } = this.enter(map, around);
    const what = `${formatIpv4(ends.first)} - ${formatIpv4(ends.last)}`;
    const permits = this.facts.classes.permits(inside.guards, what, map.place);
    const statements = [...permits, ...values, ...this.branchesOf(map, inside)];
    const bootp = this.facts.servesBootp ? "dynamic-bootp " : "";
    const range = `range ${bootp}${formatIpv4(first)} ${formatIpv4(last)};`;
    const isPool = isBehindPool || statements.length > 0;
    if (!isPool) this.put(around, range, map.place);
    else {
      this.put(around, "pool {", map.place);
      this.putAll(inside, statements);
      this.put(inside, range, map.place);
      this.put(around, "}", map.place);
    }
    map.pass("pool-id");
    finishMap(map, this.facts.hasDdns);
    return isPool;
  }

  /** Writes a host; once with its address, if it has one, or without it, or both. */
  private writeHost(map: KeaMap, around: Around, withAddress: readonly boolean[]): void {
    if (!around.usesReservations) return map.loseAll("Kea has no use for it while reservations-in-subnet is false");
    const identifiers = identifiersOf(map);
    const hostName = map.text("hostname") ?? "";
    const address = map.text("ip-address");
    const isToldOf = map.has("duid") || map.has("flex-id");
    if (identifiers.length === 0 && !isToldOf) map.loseAll("nothing here says who the host is");
    const inside = { ...around, depth: around.depth + 1 };
    // The name of the reservation counts before that of its option data.
    const values = this.valuesOf(map, around).filter(
      ({ text }) => hostName === "" || optionIn(text) !== HOST_NAME_OPTION,
    );
    for (const hasAddress of withAddress) {
      this.put(around, `host ${this.hostNames.nameOf(map)} {`, map.place);
      for (const identifier of identifiers) this.put(inside, identifier, map.place);
      if (address !== undefined && hasAddress)
        this.put(inside, `fixed-address ${address.trim()};`, map.placeOf("ip-address"));
      if (hostName !== "")
        this.put(inside, `option host-name ${quote(qualified(hostName, around.suffix))};`, map.placeOf("hostname"));
      this.putAll(inside, values);
      this.put(around, "}", map.place);
    }
    finishClasses(map);
    if (this.facts.hasNetworks) tellWhereItCounts(map, around.subnet);
    finishMap(map, this.facts.hasDdns);
  }

  /** What holds inside a map, and the values that it sets. */
  private enter(map: KeaMap, around: Around): { readonly inside: Around; readonly values: readonly Statement[] } {
    const guard = guardOf(map);
    const values = this.valuesOf(map, around);
    const inside: Around = {
      ...around,
      depth: around.depth + 1,
      guards: guard === undefined ? around.guards : [...around.guards, guard],
      usesReservations: modeOf(map, { inSubnet: around.usesReservations, global: false }).inSubnet,
      neverSent: neverSentIn(map, this.facts.definitions, around.neverSent),
      timers: timersIn(map, around.timers),
      suffix: map.text(SUFFIX) ?? around.suffix,
      options: new Set([...around.options, ...values.map(({ text }) => optionIn(text))]),
    };
    return { inside, values };
  }

  /** Options that hold only for members of a class which this block asks for. */
  private branchesOf(map: KeaMap, { options }: Around): readonly Statement[] {
    return ["require-client-classes", "evaluate-additional-classes"].flatMap((member) =>
      map.texts(member).flatMap((name) => {
        const branch = this.facts.classes.branch(name, member === "evaluate-additional-classes", options);
        if (branch === undefined) map.lose(member, `there is no condition for the class ${name}`);
        return branch ?? [];
      }),
    );
  }

  /** The values that a map sets, as statements. */
  private valuesOf(map: KeaMap, { neverSent, timers }: Around): readonly Statement[] {
    const { definitions, classes } = this.facts;
    return [...plainValuesOf(map, timers, false), ...writeOptionData(map, definitions, classes.conditionOf, neverSent)];
  }

  private putAll(around: Around, statements: readonly Statement[]): void {
    for (const { text, place } of statements) this.put(around, text, place);
  }

  private put({ depth }: Around, text: string, place: Position): void {
    this.statements.push({ text: text.replace(/^/gm, "\t".repeat(depth)), place });
  }
}

/** The values of a map, without its options. */
export function plainValuesOf(map: KeaMap, around: Timers, isTop: boolean): readonly Statement[] {
  const values: Statement[] = [...lifetimesOf(map, isTop, around), ...writeTimers(map, around), ...headerOf(map)];
  const add = (name: string, value: boolean, text: string): void => {
    if (map.flag(name) === value) values.push({ text, place: map.placeOf(name) });
  };
  add("match-client-id", false, "ignore-client-uids true;");
  add("echo-client-id", false, "echo-client-id false;");
  if (!isTop) add("authoritative", true, "authoritative;");
  return values;
}

/** The key of a subnet's wire; empty for a subnet that is alone on its wire. */
function wireOf(subnet: KeaMap): string {
  const [relay] = relaysOf(subnet);
  return subnet.text("interface") ?? (relay === undefined ? "" : `behind ${formatIpv4(relay)}`);
}
