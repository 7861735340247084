// dnsmasq's configuration to ours: its DHCP for IPv4. Options without a tag stand at the top level, those with
// tags in an `if` there; a range becomes a subnet, which needs a netmask, and a pool where it has tags.

import { broadcastOf, formatIpv4 } from "../base/ipv4.ts";
import { addTo, groupBy } from "../base/lists.ts";
import type { FileReader } from "../config/language/include.ts";
import type { LoadContext } from "../config/load.ts";
import { optionByCode } from "../wire/options/option-code.ts";
import { readHost } from "./dnsmasq-hosts.ts";
import { type DnsmasqLine, readDnsmasqLines } from "./dnsmasq-lines.ts";
import { dnsmasqCode, dnsmasqValue, lifetimes } from "./dnsmasq-options.ts";
import { LEAST_SECONDS, type Range, readRange } from "./dnsmasq-ranges.ts";
import { reasonFor, SETTING_TAGS, SILENT, SIMPLE } from "./dnsmasq-reasons.ts";
import { DnsmasqTags, nameOfTag, splitTags } from "./dnsmasq-tags.ts";
import { Draft } from "./draft.ts";
import { excerpt, type Imported, type Notice, sortNotices } from "./notice.ts";
import { repair } from "./repair.ts";
import { quote } from "./written.ts";

const ROUTERS = 3;
const NAME_SERVERS = 6;

/** Imports the text of `file`, which has one octet a character. Never throws. */
export function importDnsmasqConfig(
  file: string,
  text: string,
  context: LoadContext & { readonly readFile: FileReader },
): Imported {
  const draft = new Draft();
  const lines = readDnsmasqLines(file, text, context.readFile, draft);
  new Writer(draft, lines).write();
  repair(draft, context, "commented out");
  const head = `# Imported from ${excerpt(file)}, a configuration of dnsmasq's.\n# It sends the options that clients ask for, to all of them the broadcast address, and gives no lease under two minutes.`;
  return { text: `${head}\n\n${draft.text.trimEnd()}\n`, notices: sortNotices(draft.notices) };
}

class Writer {
  private readonly draft: Draft;
  private readonly lines: readonly DnsmasqLine[];
  private readonly tags = new DnsmasqTags();
  private readonly ranges: Range[] = [];
  private readonly top = new Draft();
  private readonly classes = new Draft();
  private readonly branches = new Draft();
  private readonly hosts = new Draft();
  /** By the tag that a range sets, the statements for its clients. */
  private readonly ofRange = new Map<string, string[]>();
  /** Codes that options without a tag set. */
  private readonly codes = new Set<number>();
  /** Classes that ranges ask for. */
  private readonly pools = new Set<string>();
  private hostCount = 0;

  constructor(draft: Draft, lines: readonly DnsmasqLine[]) {
    this.draft = draft;
    this.lines = lines;
  }

  write(): void {
    // Tags first: lines further up may ask for them.
    for (const line of this.lines) {
      const problem = SETTING_TAGS.test(line.name) ? this.tags.take(line) : undefined;
      if (problem !== undefined) this.tell(line, "lost", problem);
      if (/^dhcp-(?:vendorclass|userclass)$/.test(line.name) && problem === undefined)
        this.tell(line, "changed", "the class has to begin with it, in dnsmasq it may stand anywhere in it");
      if (line.name === "dhcp-range") this.takeRange(line);
      if (line.name === "dhcp-host") this.takeHost(line);
    }
    for (const line of this.lines) this.take(line);
    const isAuthoritative = this.lines.some(({ name }) => name === "dhcp-authoritative");
    const origin = this.lines[0]?.origin ?? { file: "", line: 1 };
    this.draft.add(isAuthoritative ? "authoritative;" : "not authoritative;", origin);
    this.draft.add(
      `requested-options-only true;\nalways-send broadcast-address;\nmin-lease-time ${LEAST_SECONDS};`,
      origin,
    );
    for (const part of [this.top, this.classes, this.branches]) this.draft.append(part);
    this.writeRanges();
    this.draft.append(this.hosts);
  }

  private take(line: DnsmasqLine): void {
    const { name, values, origin } = line;
    const simple = SIMPLE[name];
    if (simple !== undefined) this.top.add(simple, origin);
    else if (name === "dhcp-option" || name === "dhcp-option-force") this.takeOption(line);
    else if (name === "dhcp-boot") this.takeBoot(line);
    else if (name === "dhcp-ignore") this.takeIgnored(line, "deny booting;");
    else if (name === "dhcp-broadcast") this.takeIgnored(line, "always-broadcast on;");
    else if (name === "domain") this.takeDomain(line);
    else if (name === "dhcp-script") this.takeScript(line);
    else if (name === "interface")
      this.tell(line, "changed", `interfaces go on the command line: anydhcpd ${excerpt(values.join(" "))}`);
    else if (/^dhcp-(?:range|host|authoritative)$/.test(name) || SETTING_TAGS.test(name) || SILENT.test(name)) return;
    else this.tell(line, "lost", reasonFor(name));
  }

  /** Whether it tells clients itself as their name server: with a port other than 53 it does not. */
  private get servesDns(): boolean {
    return (this.lines.findLast(({ name }) => name === "port")?.values[0] ?? "53") === "53";
  }

  private takeDomain(line: DnsmasqLine): void {
    const [domain = "", ...more] = line.values;
    if (domain === "" || domain === "#") return this.tell(line, "lost", "write the domain that clients get");
    if (more.length > 0)
      return this.tell(line, "lost", "a domain of some addresses: write option domain-name in a subnet");
    this.codes.add(15);
    this.top.add(`option domain-name ${quote(domain)};`, line.origin);
  }

  /** The last line counts. Other lines say which user runs the script, and whether it runs for renewals. */
  private takeScript(line: DnsmasqLine): void {
    const last = (wanted: string): DnsmasqLine | undefined => this.lines.findLast(({ name }) => name === wanted);
    if (line !== last(line.name)) return this.tell(line, "lost", "a line further down names another script");
    const user = last("dhcp-scriptuser")?.values[0];
    const words = [...(user === undefined ? [] : [`user ${user}`]), ...(last("script-on-renewal") ? ["renewals"] : [])];
    this.top.add(`event-script ${[quote(line.values.join(",")), ...words].join(" ")};`, line.origin);
    if (user === undefined) {
      const root = 'write "user root" behind the path if it needs that';
      this.tell(line, "changed", `dnsmasq runs it as root, and here it has a user of its own: ${root}`);
    }
  }

  private takeRange(line: DnsmasqLine): void {
    const range = readRange(line);
    if ("problem" in range) return this.tell(line, "lost", range.problem);
    if (!range.hasMask)
      this.tell(
        line,
        "changed",
        `without a netmask it is that of the interface there, and here ${formatIpv4(range.mask)}`,
      );
    if (range.others.length > 0) this.tell(line, "lost", `of the tags only ${range.set} is kept`);
    for (const name of [range.set, ...range.others]) if (name !== "") this.tags.ofRanges.add(name);
    this.ranges.push(range);
  }

  private takeHost(line: DnsmasqLine): void {
    const host = readHost(line.values);
    if ("problem" in host) return this.tell(line, "lost", host.problem);
    for (const tag of host.tags) this.tags.set(tag, host.condition);
    for (const lost of host.lost) this.tell(line, "lost", lost);
    const name = `host-${++this.hostCount}${host.name === "" ? "" : `-${host.name}`}`;
    this.hosts.addBlock(`host ${name}`, host.statements, line.origin);
  }

  private takeOption(line: DnsmasqLine): void {
    const { tags, rest } = splitTags(line.values);
    const [option = "", ...values] = rest;
    if (option.startsWith("option6:")) return this.tell(line, "lost", "this server is for DHCPv4 only");
    const code = dnsmasqCode(option);
    if (code === undefined)
      return this.tell(line, "lost", "there is no such option here, or it is one of a vendor's: see option space");
    if (tags.length === 0) this.codes.add(code);
    // Without a value the option is not sent.
    if (values.length === 0) {
      if (tags.length > 0) this.tell(line, "lost", "an option cannot be taken away from some clients");
      return;
    }
    const value = dnsmasqValue(code, values);
    if ("problem" in value) return this.tell(line, "lost", value.problem);
    const { name } = optionByCode(code);
    const always = line.name === "dhcp-option-force" ? ` always-send ${name};` : "";
    this.put(line, tags, [`option ${name}${value.text};${always}`]);
  }

  private takeBoot(line: DnsmasqLine): void {
    const { tags, rest } = splitTags(line.values);
    const [file = "", server = "", address = ""] = rest;
    const statements = [`filename ${quote(file)};`];
    if (server !== "") statements.push(`server-name ${quote(server)};`);
    if (address !== "") statements.push(`next-server ${/^[\w.-]+$/.test(address) ? address : quote(address)};`);
    this.put(line, tags, statements);
  }

  private takeIgnored(line: DnsmasqLine, statement: string): void {
    const { tags } = splitTags(line.values);
    if (tags.length === 0) return this.top.add(statement, line.origin);
    const condition = this.tags.conditionOf(tags);
    if (condition === undefined) return this.tell(line, "lost", "nothing sets one of these tags");
    const head = `class ${quote(`${line.name} ${tags.join(" ")}`)}`;
    this.classes.addBlock(head, [`match if ${condition};`, statement], line.origin);
  }

  /** Puts statements where they hold for clients with some tags. */
  private put(line: DnsmasqLine, tags: readonly string[], statements: readonly string[]): void {
    const { origin } = line;
    const [tag = ""] = tags.map(nameOfTag);
    const isOfRange = tags.length === 1 && this.tags.ofRanges.has(tag);
    if (isOfRange) for (const text of statements) addTo(this.ofRange, tag, text);
    if (tags.length === 0) return this.top.add(statements.join("\n"), origin);
    // A range and a client's message may both set one tag: either is enough.
    const condition = this.tags.conditionOf(tags);
    if (condition !== undefined) this.branches.addBlock(`if ${condition}`, statements, origin);
    else if (!isOfRange) this.tell(line, "lost", "nothing sets one of these tags");
  }

  private writeRanges(): void {
    const headOf = ({ first, mask }: Range): string =>
      `subnet ${formatIpv4((first & mask) >>> 0)} netmask ${formatIpv4(mask)} {`;
    for (const [head, ranges] of groupBy(this.ranges, headOf)) this.writeSubnet(head, ranges);
  }

  private writeSubnet(head: string, ranges: readonly Range[]): void {
    const [{ origin, first, mask }] = ranges as [Range, ...Range[]];
    this.draft.add(head, origin);
    if (!this.codes.has(28))
      this.draft.add(`\toption broadcast-address ${formatIpv4(broadcastOf(first, mask))};`, origin);
    for (const [code, name] of [
      [ROUTERS, "routers"],
      [NAME_SERVERS, "domain-name-servers"],
    ] as const) {
      if (code === NAME_SERVERS && !this.servesDns) continue;
      if (this.codes.has(code) || ranges.every(({ set }) => this.hasOption(set, name))) continue;
      this.draft.add(`\t# option ${name} ADDRESS;`, origin);
      const reason = `dnsmasq tells its own address: write option ${name} ADDRESS; in the subnet`;
      this.draft.tell(origin, "lost", `option ${name}`, reason);
    }
    // Machines with an address of their own are in no range: they get the values that all ranges have.
    const [{ seconds, set }] = ranges as [Range, ...Range[]];
    const isOneTag = ranges.every((range) => range.set === set);
    const common = isOneTag ? (this.ofRange.get(set) ?? []) : [];
    for (const text of [...lifetimes(seconds), ...common]) this.draft.add(`\t${text}`, origin);
    if (!isOneTag && ranges.some((range) => this.ofRange.has(range.set)))
      this.draft.tell(
        origin,
        "lost",
        ranges.map((range) => `set:${range.set}`).join(", "),
        "a machine with a fixed address does not get the values of these tags: write them in the subnet",
      );
    // dnsmasq looks at ranges with tags first, and here those of the subnet itself come before its pools.
    const inOrder = ranges.toSorted((a, b) => Number(b.asked.length > 0) - Number(a.asked.length > 0));
    let isBehindPool = false;
    for (const range of inOrder) isBehindPool = this.writeRange(range, seconds, isOneTag, isBehindPool);
    this.draft.add("}", origin);
  }

  private hasOption(tag: string, name: string): boolean {
    return (this.ofRange.get(tag) ?? []).some((text) => text.startsWith(`option ${name} `));
  }

  /** Behind a pool, each range has one of its own. Returns whether one is written by now. */
  private writeRange(
    { origin, first, last, seconds, asked, set }: Range,
    usual: number,
    isOneTag: boolean,
    isBehindPool: boolean,
  ): boolean {
    if (last === undefined) return isBehindPool;
    const statements = seconds === usual ? [] : [...lifetimes(seconds)];
    if (asked.length > 0) {
      const condition = this.tags.conditionOf(asked);
      if (condition === undefined) {
        this.draft.tell(origin, "lost", "dhcp-range", "nothing sets one of its tags: no client gets these addresses");
        statements.unshift("deny all clients;");
      } else {
        const name = `range ${asked.join(" ")}`;
        statements.unshift(`allow members of ${quote(name)};`);
        // A class may stand behind the pools that name it.
        if (!this.pools.has(name)) this.hosts.add(`class ${quote(name)} { match if ${condition}; }`, origin);
        this.pools.add(name);
      }
    }
    if (!isOneTag) statements.push(...(this.ofRange.get(set) ?? []));
    const range = `range ${formatIpv4(first)} ${formatIpv4(last)};`;
    const isPool = isBehindPool || statements.length > 0;
    if (isPool) this.draft.addBlock("pool", [...statements, range], origin, "\t");
    else this.draft.add(`\t${range}`, origin);
    return isPool;
  }

  private tell({ name, written, origin }: DnsmasqLine, kind: Notice["kind"], reason: string): void {
    const subject = excerpt(written === "" ? name : `${name}=${written}`);
    this.draft.tell(origin, kind, subject, reason);
  }
}
