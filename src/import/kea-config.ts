// Kea's configuration (the map `Dhcp4` of its JSON) to ours.
//
// Options of a client class count behind those of a subnet in Kea: they become an `if` at the top level.
// Its boot file and lease times count in front of the subnet's: they stand in a class, which pools may
// name too. A lease time without limits is the only one that Kea gives: the limits are written out.

import { formatHex } from "../base/bytes.ts";
import { broadcastOf, formatIpv4, type Ipv4, maskOfLength, parseIpv4 } from "../base/ipv4.ts";
import type { LoadContext } from "../config/load.ts";
import { Draft } from "./draft.ts";
import { KeaClasses } from "./kea-classes.ts";
import { KeaMap } from "./kea-map.ts";
import { KeaOptions, type Statement } from "./kea-options.ts";
import { headerOf, lifetimesOf, plainAddress } from "./kea-values.ts";
import { excerpt, type Imported, sortNotices } from "./notice.ts";
import { readRelaxedJson } from "./relaxed-json.ts";
import { repair } from "./repair.ts";
import { hexOctets, isName, parseOctets, quote } from "./written.ts";

/** Why the members of several maps are not carried over. */
const REASONS: Readonly<Record<string, string>> = {
  "renew-timer": "clients are told to renew after half of the lease time",
  "rebind-timer": "clients are told to rebind after seven eighths of the lease time",
  "calculate-tee-times": "clients are told to renew after half of the lease time",
  "t1-percent": "clients are told to renew after half of the lease time",
  "t2-percent": "clients are told to rebind after seven eighths of the lease time",
  "lease-database": "leases are in the file that the flag -l names; import the old ones from Kea's file",
  "hosts-database": "hosts are in the configuration only",
  "hosts-databases": "hosts are in the configuration only",
  "control-socket": "there is a control socket of its own: see anydhcpctl",
  "control-sockets": "there is a control socket of its own: see anydhcpctl",
  loggers: "the log goes to standard output",
  "dhcp-ddns": "this server updates no DNS",
  "expired-leases-processing": "leases end by themselves, and their addresses are given out again oldest first",
  "multi-threading": "one thread serves",
  "decline-probation-period": "declined addresses rest for a time of this server's choice",
  relay: "a subnet is chosen by the relay's own address, or by what the relay says (RFC 3527, RFC 3011)",
  "4o6-interface": "this server is for DHCPv4 over IPv4 only",
  allocator: "addresses are chosen by the client, the longest unused first when none is new",
};

/** Kea sends what clients ask for, and three options to everybody. */
const SENDING = "requested-options-only true;\nalways-send routers, domain-name-servers, domain-name;";

const DDNS = /^ddns-|^hostname-char-|^qualifying-suffix|^override-|^replace-client-name$|^generated-prefix$/;

/** Imports the text of `file`, which has one octet a character; undefined, with the reason, if it is no configuration of Kea's. */
export function importKeaConfig(
  file: string,
  text: string,
  context: LoadContext,
): Imported | { readonly line: number; readonly problem: string } {
  const node = readRelaxedJson(text);
  if ("message" in node) return { line: node.line, problem: node.message };
  if (node.kind !== "map") return { line: node.line, problem: 'a map with "Dhcp4" in it was expected' };
  const draft = new Draft();
  const complain = (line: number, subject: string, reason: string): void => {
    draft.notices.push({ file, line, kind: "lost", subject: excerpt(subject), reason });
  };
  const outer = new KeaMap(node, complain);
  const dhcp4 = outer.map("Dhcp4");
  if (dhcp4 === undefined) return { line: node.line, problem: 'there is no map "Dhcp4" in it' };
  outer.finish({ Logging: "the log goes to standard output" });
  const writer = new ConfigWriter(file, draft);
  writer.write(dhcp4);
  // Kea has no host names.
  repair(draft, { ...context, hostNames: "refused" });
  const head = `# Imported from ${excerpt(file)}, a configuration of Kea's.\n\n`;
  return { text: `${head}${draft.text.trimEnd()}\n`, notices: sortNotices(draft.notices) };
}

/** A block's place among the others. */
interface Place {
  readonly depth: number;
  /** The class whose members alone may have addresses here, from the blocks around. */
  readonly guards: readonly string[];
}

class ConfigWriter {
  private readonly file: string;
  private readonly draft: Draft;
  private readonly options = new KeaOptions();
  private readonly classes: KeaClasses;
  /** Names of hosts, each with the number that the last one of it has behind its name. */
  private readonly hostNames = new Map<string, number>();
  private hasDdns = false;
  /** What is written, without the declarations of options. */
  private readonly statements: Statement[] = [];

  constructor(file: string, draft: Draft) {
    this.file = file;
    this.draft = draft;
    this.classes = new KeaClasses(this.options);
  }

  write(map: KeaMap): void {
    const { options, classes } = this;
    this.hasDdns = map.map("dhcp-ddns")?.flag("enable-updates") === true;
    options.define(map);
    const classMaps = map.maps("client-classes");
    for (const classMap of classMaps) options.define(classMap);
    for (const classMap of classMaps) classes.take(classMap);
    const top: Place = { depth: 0, guards: [] };
    const isAuthoritative = map.flag("authoritative") ?? false;
    const word = isAuthoritative ? "authoritative;" : "not authoritative;";
    const values = [
      { text: word, line: map.lineOf("authoritative") },
      { text: SENDING, line: map.line },
      ...this.valuesOf(map, true),
    ];
    for (const network of map.maps("shared-networks")) this.writeNetwork(network);
    for (const subnet of map.maps("subnet4")) this.writeSubnet(subnet, top);
    for (const host of map.maps("reservations")) this.writeHost(host, top);
    // Pools have said by now which classes they need, and options which declarations.
    const classStatements = classes.write();
    for (const { text, line } of [...options.declarations, ...values, ...classStatements, ...this.statements])
      this.draft.add(text, { file: this.file, line });
    this.finishTop(map);
  }

  private finishTop(map: KeaMap): void {
    const interfaces = map.map("interfaces-config");
    if (interfaces !== undefined) {
      const names = interfaces.texts("interfaces").filter((name) => name !== "*");
      if (names.length > 0)
        this.draft.notices.push({
          file: this.file,
          line: interfaces.lineOf("interfaces"),
          kind: "changed",
          subject: '"interfaces"',
          reason: `they go on the command line: anydhcpd ${excerpt(names.map((name) => name.split("/")[0]).join(" "))}`,
        });
      if (interfaces.text("dhcp-socket-type") === "udp") interfaces.pass("dhcp-socket-type");
      else interfaces.lose("dhcp-socket-type", "raw sockets are chosen by the flag --backend=bpf");
      interfaces.pass("re-detect");
      interfaces.finish({});
    }
    // The order is that of this server: client identifier, hardware address, relay's sub-options.
    map.pass("host-reservation-identifiers", "reservations-global", "reservations-in-subnet", "echo-client-id");
    for (const hook of map.maps("hooks-libraries")) {
      hook.lose("library", `there is no hook ${excerpt(hook.text("library") ?? "")} here`);
      hook.pass("parameters");
      hook.finish({});
    }
    if (this.hasDdns) map.lose("dhcp-ddns", REASONS["dhcp-ddns"] ?? "");
    this.finish(map);
  }

  /** Reports what is left of a map. */
  private finish(map: KeaMap): void {
    if (this.hasDdns) map.loseMatching(DDNS, REASONS["dhcp-ddns"] ?? "");
    else map.passMatching(DDNS);
    map.finish(REASONS);
  }

  private writeNetwork(map: KeaMap): void {
    const name = map.text("name") ?? "";
    const subnets = map.maps("subnet4");
    if (subnets.length === 0) {
      map.lose("name", "a shared network without a subnet serves nobody");
      return;
    }
    this.put({ depth: 0, guards: [] }, `shared-network ${quote(name)} {`, map.line);
    const inside: Place = { depth: 1, guards: map.texts("client-class").concat(map.texts("client-classes")) };
    this.putAll(inside, this.valuesOf(map, false));
    this.putBranches(map, inside);
    for (const subnet of subnets) this.writeSubnet(subnet, inside);
    for (const host of map.maps("reservations")) this.writeHost(host, inside);
    this.put({ depth: 0, guards: [] }, "}", map.line);
    map.pass("interface");
    this.finish(map);
  }

  private writeSubnet(map: KeaMap, place: Place): void {
    const text = map.text("subnet") ?? "";
    const network = parseNetwork(text);
    if (network === undefined) {
      map.lose("subnet", `${text} is no network like 192.0.2.0/24`);
      return;
    }
    const mask = maskOfLength(network.prefixLength);
    const own = map.texts("client-class").concat(map.texts("client-classes"));
    const inside: Place = { depth: place.depth + 1, guards: own.length > 0 ? own : place.guards };
    this.put(place, `subnet ${formatIpv4(network.address)} netmask ${formatIpv4(mask)} {`, map.line);
    this.putAll(inside, this.valuesOf(map, false));
    this.putBranches(map, inside);
    for (const pool of map.maps("pools")) this.writePool(pool, { ...network, mask }, inside);
    for (const host of map.maps("reservations")) this.writeHost(host, inside);
    this.put(place, "}", map.line);
    // A subnet is found by the addresses of the interface that a query comes in by.
    map.pass("interface");
    this.finish(map);
  }

  private writePool(map: KeaMap, { address, mask }: { address: Ipv4; mask: Ipv4 }, place: Place): void {
    const text = map.text("pool") ?? "";
    const ends = parseEnds(text);
    if (ends === undefined) {
      map.lose("pool", `${text} is no range like 192.0.2.10 - 192.0.2.99`);
      return;
    }
    // No client is to have the network's own or its broadcast address.
    const last = broadcastOf(address, mask);
    const hasEdges = mask < 0xfffffffe;
    const first = hasEdges && ends.first === address ? ends.first + 1 : ends.first;
    const end = hasEdges && ends.last === last ? ends.last - 1 : ends.last;
    if (first !== ends.first || end !== ends.last)
      map.lose("pool", "the network and broadcast addresses of a subnet are not given out");
    const own = map.texts("client-class").concat(map.texts("client-classes"));
    const inside = { ...place, depth: place.depth + 1 };
    const guards = own.length > 0 ? own : place.guards;
    if (own.length > 0 && place.guards.length > 0)
      map.lose(
        "client-class",
        `the condition of the block around it, ${place.guards.join(", ")}, does not count besides`,
      );
    const statements = [...guards.map((name) => this.classes.permit(name, map)), ...this.valuesOf(map, false)];
    const range = `range ${formatIpv4(first)} ${formatIpv4(end)};`;
    if (statements.length === 0) this.put(place, range, map.line);
    else {
      this.put(place, "pool {", map.line);
      this.putAll(inside, statements);
      this.putBranches(map, inside);
      this.put(inside, range, map.line);
      this.put(place, "}", map.line);
    }
    map.pass("pool-id");
    this.finish(map);
  }

  private writeHost(map: KeaMap, place: Place): void {
    const identifiers = identifiersOf(map);
    const hostName = map.text("hostname") ?? "";
    if (identifiers.length === 0) map.lose("hostname", "nothing here says who the host is");
    const inside = { ...place, depth: place.depth + 1 };
    const address = map.text("ip-address");
    const name = this.nameHost(map);
    this.put(place, `host ${name} {`, map.line);
    for (const identifier of identifiers) this.put(inside, identifier, map.line);
    if (address !== undefined) this.put(inside, `fixed-address ${plainAddress(address)};`, map.lineOf("ip-address"));
    if (hostName !== "") this.put(inside, `option host-name ${quote(hostName)};`, map.lineOf("hostname"));
    this.putAll(inside, this.valuesOf(map, false));
    this.put(place, "}", map.line);
    map.lose("client-classes", "a class has a condition here; no host is put into one");
    this.finish(map);
  }

  /** A name that no other host has: what Kea calls it, else its hardware address, its address, its line. */
  private nameHost(map: KeaMap): string {
    const hardware = parseOctets(map.text("hw-address") ?? "");
    const who = hardware === undefined ? (map.text("ip-address") ?? `${map.line}`) : formatHex(hardware, "-");
    const name = [map.text("hostname") ?? "", `host-${who}`, `host-${map.line}`].find(isName) ?? "host";
    let count = this.hostNames.get(name) ?? 0;
    let free = name;
    while (this.hostNames.has(free)) free = `${name}-${++count}`;
    this.hostNames.set(name, Math.max(1, count));
    if (free !== name) this.hostNames.set(free, 1);
    return free;
  }

  /** Options that hold only for members of a class which this block asks for. */
  private putBranches(map: KeaMap, place: Place): void {
    for (const member of ["require-client-classes", "evaluate-additional-classes"]) {
      for (const name of map.texts(member)) {
        const branch = this.classes.branch(name);
        if (branch === undefined) map.lose(member, `there is no condition for the class ${name}`);
        else this.putAll(place, branch);
      }
    }
  }

  /** The values that a map sets, as statements. */
  private valuesOf(map: KeaMap, isTop: boolean): readonly Statement[] {
    const values: Statement[] = [...lifetimesOf(map, isTop), ...headerOf(map)];
    const matches = map.flag("match-client-id");
    if (matches === false) values.push({ text: "ignore-client-uids true;", line: map.lineOf("match-client-id") });
    const echoes = map.flag("echo-client-id");
    if (echoes === false) values.push({ text: "echo-client-id false;", line: map.lineOf("echo-client-id") });
    if (!isTop && map.flag("authoritative") === true)
      values.push({ text: "authoritative;", line: map.lineOf("authoritative") });
    values.push(...this.options.write(map, (name) => this.classes.conditionOf(name)));
    return values;
  }

  private putAll(place: Place, statements: readonly Statement[]): void {
    for (const { text, line } of statements) this.put(place, text, line);
  }

  private put({ depth }: Place, text: string, line: number): void {
    this.statements.push({ text: text.replace(/^/gm, "\t".repeat(depth)), line });
  }
}

function identifiersOf(map: KeaMap): readonly string[] {
  const statements: string[] = [];
  const octetsOf = (name: string): Uint8Array | undefined => {
    const octets = parseOctets(map.text(name) ?? "");
    if (octets === undefined && map.has(name)) map.lose(name, "these are no octets in hexadecimal");
    return octets;
  };
  const hardware = octetsOf("hw-address");
  if (hardware !== undefined) statements.push(`hardware ethernet ${hexOctets(hardware)};`);
  const client = octetsOf("client-id");
  if (client !== undefined) statements.push(`option dhcp-client-identifier = ${hexOctets(client)};`);
  const circuit = octetsOf("circuit-id");
  if (circuit !== undefined) statements.push(`host-identifier option agent.circuit-id ${hexOctets(circuit)};`);
  map.lose("duid", "a host is known by its client identifier: write the one that its client sends");
  map.lose("flex-id", "a host is known by hardware address, client identifier or what its relay says");
  return statements;
}

function parseNetwork(text: string): { address: Ipv4; prefixLength: number } | undefined {
  const [, dotted = "", digits = ""] = /^\s*([0-9.]+)\s*\/\s*([0-9]{1,2})\s*$/.exec(text) ?? [];
  const address = parseIpv4(dotted);
  const prefixLength = Number(digits);
  if (address === undefined || prefixLength > 32) return undefined;
  return { address: (address & maskOfLength(prefixLength)) >>> 0, prefixLength };
}

/** `FIRST - LAST`, or a network. */
function parseEnds(text: string): { first: Ipv4; last: Ipv4 } | undefined {
  const network = parseNetwork(text);
  if (network !== undefined)
    return { first: network.address, last: broadcastOf(network.address, maskOfLength(network.prefixLength)) };
  const [first, last] = text.split("-").map((end) => parseIpv4(end.trim()));
  return first === undefined || last === undefined ? undefined : { first, last };
}
