// Why a client gets what it gets: a query that the client might send passes the stages of an exchange, by the state of
// the running server, and nothing is carried out: it leaves no lease, offer, count or line of the log. The explanation
// reads the reply from the octets that would leave.

import type { Backend } from "../backend/backend.ts";
import { formatHex, NO_OCTETS } from "../base/bytes.ts";
import type { Interfaces } from "../base/interfaces.ts";
import { formatIpv4, IPV4_BROADCAST, IPV4_NONE, type Ipv4 } from "../base/ipv4.ts";
import { REPLY_OCTETS_MAX } from "../base/limits/wire.ts";
import { textOrHex } from "../base/text.ts";
import type { Clock, EpochSeconds } from "../base/time.ts";
import { hasLeaseSets } from "../config/model/firewall-set.ts";
import type { Site } from "../config/model/model.ts";
import { placeText, type ScopePlaces } from "../config/model/provenance.ts";
import { decide } from "../engine/decide.ts";
import { deliver } from "../engine/deliver/delivery.ts";
import { SentDeliveries } from "../engine/deliver/sent-deliveries.ts";
import { Exchange, Origin, receive } from "../engine/exchange.ts";
import { identify } from "../engine/identify.ts";
import { locate } from "../engine/locate/locate.ts";
import { siteOfSlot } from "../engine/locate/reservation.ts";
import type { Serving } from "../engine/serving.ts";
import type { Arrival } from "../wire/arrival.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import { deliveryName } from "../wire/delivery.ts";
import { encodeReply } from "../wire/encode/encode-reply.ts";
import { CLIENT_PORT, FILE_OCTETS, Offset, SERVER_PORT, SNAME_OCTETS } from "../wire/layout.ts";
import { messageTypeName } from "../wire/message-type.ts";
import { OptionCode, optionByCode } from "../wire/options/option-code.ts";
import { OptionIndex } from "../wire/options/option-index.ts";
import type { DecodeFault } from "../wire/query.ts";
import type { AbandonReasons } from "./conflicts/abandon-reasons.ts";
import { type AddressParts, explainAddress } from "./explain-address.ts";
import { completeQuery } from "./explain-client.ts";
import { describePools } from "./explain-pools.ts";
import { explainRequested } from "./explain-requested.ts";
import type { AddressExplanation, Assumption, ExplainedOption, ExplainedQuery, Explanation } from "./explanation.ts";
import { subnetName } from "./lease-figures.ts";
import { queryOctets } from "./lease-query.ts";
import { faultText, queryLine, ROUTED, replyLine, replyTypeName, tellQuery, tellReply } from "./log/message-line.ts";

/** What it needs. */
export interface ExplainParts {
  readonly serving: Serving;
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly interfaces: () => Interfaces;
  /** Addresses that the server listens at beside the interfaces' own. */
  readonly addresses: () => readonly Ipv4[];
  readonly backend: Pick<Backend, "listeners">;
  readonly reasons: AbandonReasons;
  readonly firewallSets: AddressParts["firewallSets"];
}

/** Options that the server fills in under every configuration. */
const OWN_OPTIONS: ReadonlySet<number> = new Set([
  OptionCode.messageType,
  OptionCode.serverId,
  OptionCode.leaseTime,
  OptionCode.clientId,
  OptionCode.relayAgentInformation,
]);
const NO_PLACES: ScopePlaces = { blocks: [], options: new Map(), settings: new Map() };

/** See the head of this file. */
export class Explainer {
  private readonly parts: ExplainParts;
  private readonly exchange = new Exchange();
  private readonly reply = new Uint8Array(REPLY_OCTETS_MAX);
  private readonly options = new OptionIndex();

  constructor(parts: ExplainParts) {
    this.parts = parts;
  }

  /** How it arrives; undefined if there is no such interface. */
  arrivalOf(query: ExplainedQuery): Arrival | undefined {
    const { via, giaddr, from, ciaddr } = query;
    if (giaddr !== undefined) return this.arrivalBy(via, undefined, from ?? giaddr, SERVER_PORT);
    if (ciaddr === undefined) return this.arrivalBy(via, IPV4_BROADCAST, 0, CLIENT_PORT);
    return this.arrivalBy(via, undefined, ciaddr, CLIENT_PORT);
  }

  /**
   * The arrival of a datagram by the interface `via` (undefined: the first that is served) at `to` (undefined: the address
   * that clients renew at) from `from`; undefined if there is no such interface.
   */
  arrivalBy(via: string | undefined, to: Ipv4 | undefined, from: Ipv4, remotePort: number): Arrival | undefined {
    const { interfaces, addresses, serving } = this.parts;
    const { list } = interfaces();
    const isServed = (ifindex: number): boolean => serving.links.sharedNetworkOf(ifindex) >= 0;
    const entry =
      via === undefined
        ? (list.find(({ ifindex }) => isServed(ifindex)) ?? list[0])
        : list.find(({ name }) => name === via);
    if (entry === undefined) return undefined;
    const { ifindex } = entry;
    const localAddress = to ?? addresses()[0] ?? serving.links.primaryAddress(ifindex);
    return { ifindex, localAddress, remoteAddress: from, remotePort };
  }

  /** The server's address that the sender of a message with this arrival knows. */
  private serverAt({ localAddress, ifindex }: Arrival): Ipv4 {
    const { serving } = this.parts;
    return localAddress === IPV4_BROADCAST ? serving.links.primaryAddress(ifindex) : localAddress;
  }

  /** Undefined if the query names an interface that is not there. Never throws. */
  explain(query: ExplainedQuery): Explanation | undefined {
    const arrival = this.arrivalOf(query);
    if (arrival === undefined) return undefined;
    return this.explainOctets(queryOctets(query, this.serverAt(arrival)), arrival);
  }

  /** The same of a client that says of itself what its newest lease remembers, unless the query says otherwise. */
  async explainClient(query: ExplainedQuery): Promise<Explanation | undefined> {
    const { query: whole, assumed } = await completeQuery(query, this.parts.serving);
    const explanation = this.explain(whole);
    const all = [...this.assumedInterface(query), ...assumed];
    return explanation === undefined || all.length === 0 ? explanation : { ...explanation, assumed: all };
  }

  /** The interface of a message that names neither one nor a relay, where several are served. */
  private assumedInterface({ via, giaddr }: ExplainedQuery): readonly Assumption[] {
    const { interfaces, serving } = this.parts;
    const [first, second] = interfaces().list.filter(({ ifindex }) => serving.links.sharedNetworkOf(ifindex) >= 0);
    if (via !== undefined || giaddr !== undefined || first === undefined || second === undefined) return [];
    return [{ name: "interface", value: first.name, because: "the first that is served" }];
  }

  /** The same for the octets of a message with this arrival; for octets that are no query, why they are none. */
  explainOctets(octets: Uint8Array, arrival: Arrival): Explanation {
    const { serving, keys, clock } = this.parts;
    const { exchange } = this;
    const now = clock.wall();
    exchange.begin(Origin.socket, clock.monotonic() / 1000);
    const fault = receive(exchange, octets, 0, octets.length, arrival);
    if (fault !== undefined) return this.describeFault(fault, arrival);
    locate(exchange, serving);
    identify(exchange, serving, keys);
    exchange.isAdmitted = true;
    decide(exchange, serving, now);
    if (exchange.decision.hasReply) deliver(exchange, serving, new SentDeliveries(), now);
    return this.describe(now);
  }

  /** What an address is, and which client would get it. */
  explainAddress(address: Ipv4): AddressExplanation {
    const { serving, reasons, interfaces, clock, firewallSets } = this.parts;
    return explainAddress(address, {
      ...{ serving, reasons, clock, firewallSets },
      explain: (query) => this.explain(query),
      interfaces: interfaces().list,
    });
  }

  private describeFault(reason: DecodeFault, arrival: Arrival): Explanation {
    const nothing = { classes: [], pools: [], blocks: [], options: [], settings: [] };
    return {
      ...{ message: "", listener: this.listenerOf(arrival), receivedAt: formatIpv4(arrival.localAddress) },
      ...{ link: "", linkBecause: "", reason, reply: "", isChecked: false, ...nothing },
      log: [faultText(reason)],
    };
  }

  private describe(now: EpochSeconds): Explanation {
    const { exchange } = this;
    const { serving } = this.parts;
    const { config } = serving;
    const { query, arrival, decision, link, subnet, host, classes } = exchange;
    const site = siteOfSlot(serving, decision.slot) ?? decision.subnet ?? subnet;
    const places = site === undefined ? NO_PLACES : config.placesOf(site, host, classes);
    const network = config.sharedNetworks[link];
    const requested = explainRequested(exchange, serving, now);
    return {
      message: messageTypeName(query.messageType),
      listener: this.listenerOf(arrival),
      receivedAt: formatIpv4(arrival.localAddress),
      link: network?.name ?? "",
      linkBecause: this.whyLink(),
      ...(subnet !== undefined && {
        subnet: { name: subnetName(decision.subnet ?? subnet), at: placeText((decision.subnet ?? subnet).at) },
      }),
      ...(host !== undefined && { host: { name: host.name, at: placeText(host.at) } }),
      // A branch of an if or a boot block has no name.
      classes: classes.entries
        .map((entry) => config.classes.rules.find((rule) => rule.entry === entry)?.name ?? "")
        .filter((name) => name !== ""),
      pools: describePools(exchange, this.parts.serving),
      reason: decision.reason,
      ...(requested !== undefined && { requested }),
      ...this.describeSets(site),
      isChecked: decision.needsProbe,
      ...this.describeReply(places),
      blocks: places.blocks.map(({ name, at }) => ({ name, at: placeText(at) })),
      settings: [...places.settings].map(([name, [at, ...overrides]]) => ({
        ...{ name, at: at === undefined ? "" : placeText(at), overrides: overrides.map(placeText) },
      })),
      log: this.logLines(),
    };
  }

  /** The sets of a client that gets an address. */
  private describeSets(site: Site | undefined): Pick<Explanation, "firewallSets"> {
    const { decision, host, classes } = this.exchange;
    if (site === undefined || !decision.hasReply || decision.reply.yiaddr === 0) return {};
    const { config } = this.parts.serving;
    if (!hasLeaseSets(config)) return {};
    const { firewallSets } = config.scopeOf(site, host, classes);
    return { firewallSets: firewallSets.filter(({ addresses }) => addresses === "leased").map(({ name }) => name) };
  }

  private listenerOf({ ifindex, localAddress }: Arrival): string {
    const { backend, interfaces } = this.parts;
    const own = interfaces().find(ifindex)?.name ?? "";
    const listener = backend.listeners.find(
      ({ address, interface: name }) =>
        (address === localAddress || address === IPV4_NONE) && (name === "" || name === own),
    );
    return listener?.description ?? "";
  }

  private whyLink(): string {
    const { query, arrival, isRouted } = this.exchange;
    const { interfaces } = this.parts;
    const name = interfaces().find(arrival.ifindex)?.name ?? "";
    if (query.giaddr !== 0) {
      if (query.linkSelection !== 0) return `the relay names ${formatIpv4(query.linkSelection)} (link selection)`;
      return `the relay's address (giaddr) is ${formatIpv4(query.giaddr)}`;
    }
    return isRouted ? `the client's address is ${formatIpv4(query.ciaddr)}` : `it comes by the interface ${name}`;
  }

  private describeReply(
    places: ScopePlaces,
  ): Pick<
    Explanation,
    "reply" | "address" | "leaseSeconds" | "delivery" | "nextServer" | "bootFile" | "serverName" | "options"
  > {
    const { exchange, reply: octets } = this;
    const { query, decision, delivery, destination, port } = exchange;
    if (!decision.hasReply) return { reply: "", options: [] };
    const { reply } = decision;
    const length = encodeReply(query, reply, octets, 0);
    return {
      reply: replyTypeName(reply.messageType),
      ...(reply.yiaddr !== 0 && { address: formatIpv4(reply.yiaddr) }),
      ...(decision.leaseSeconds >= 0 && { leaseSeconds: decision.leaseSeconds }),
      delivery: { how: deliveryName(delivery), to: formatIpv4(destination), port, source: formatIpv4(decision.source) },
      ...(reply.siaddr !== 0 && { nextServer: formatIpv4(reply.siaddr) }),
      ...(reply.fileName.length > 0 && { bootFile: textOrHex(reply.fileName) }),
      ...(reply.serverName.length > 0 && { serverName: textOrHex(reply.serverName) }),
      options: this.describeOptions(length, places),
    };
  }

  private describeOptions(length: number, places: ScopePlaces): readonly ExplainedOption[] {
    const { options, reply: octets } = this;
    if (!options.read(octets, 0, length)) return [];
    return codesInOrder(octets, length).map((code) => {
      const [at, ...overrides] = OWN_OPTIONS.has(code) ? [] : (places.options.get(code) ?? []);
      return {
        ...{ code, name: optionByCode(code).name, value: formatHex(options.view(code) ?? NO_OCTETS) },
        ...(at !== undefined && { at: placeText(at) }),
        overrides: overrides.map(placeText),
      };
    });
  }

  private logLines(): readonly string[] {
    const { exchange } = this;
    const { decision, query, arrival, delivery, destination, isRouted } = exchange;
    const name = this.parts.interfaces().find(arrival.ifindex)?.name ?? "";
    const via = query.giaddr === 0 ? (isRouted ? ROUTED : name) : formatIpv4(query.giaddr);
    const line = queryLine(tellQuery(exchange), decision.reason, via).text;
    if (!decision.hasReply) return [line];
    const told = { ...tellReply(exchange), local: decision.source, remote: destination, delivery };
    return [line, replyLine(told, via).text];
  }
}

/** The codes of the options of a sound message, in their order: of its options field, then of the fields that option 52 names. */
function codesInOrder(octets: Uint8Array, length: number): readonly number[] {
  const codes = new Set<number>();
  const walk = (from: number, to: number): void => {
    for (let at = from; at < to; ) {
      const code = octets[at] ?? OptionCode.end;
      if (code === OptionCode.end) return;
      if (code !== OptionCode.pad) codes.add(code);
      at += code === OptionCode.pad ? 1 : 2 + (octets[at + 1] ?? 0);
    }
  };
  walk(Offset.options, length);
  if (codes.has(OptionCode.overload)) {
    walk(Offset.file, Offset.file + FILE_OCTETS);
    walk(Offset.sname, Offset.sname + SNAME_OCTETS);
  }
  return [...codes];
}
