// Why a client gets what it gets: a query that the client might send passes the stages of an exchange, by the state of
// the running server, and nothing is carried out: no lease, offer, count or line of the log comes of it. What is told of the
// reply is read from the octets that would leave.

import { formatHex, NO_OCTETS, octetsOfUint32 } from "../base/bytes.ts";
import type { Interfaces } from "../base/interfaces.ts";
import { formatIpv4, IPV4_BROADCAST, type Ipv4 } from "../base/ipv4.ts";
import { REPLY_OCTETS_MAX } from "../base/limits/wire.ts";
import { textOrHex } from "../base/text.ts";
import type { Clock } from "../base/time.ts";
import type { Pool } from "../config/model/model.ts";
import type { Provenance, ScopePlaces } from "../config/model/provenance.ts";
import { decide } from "../engine/decide.ts";
import { deliver } from "../engine/deliver/delivery.ts";
import { SentDeliveries } from "../engine/deliver/sent-deliveries.ts";
import { Exchange, Origin, receive } from "../engine/exchange.ts";
import { identify } from "../engine/identify.ts";
import { locate } from "../engine/locate/locate.ts";
import { usablePools } from "../engine/locate/permitted-pools.ts";
import { siteOfSlot } from "../engine/locate/reservation.ts";
import type { Serving } from "../engine/serving.ts";
import { BindingState } from "../lease/lease.ts";
import type { Arrival } from "../wire/arrival.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import { deliveryName } from "../wire/delivery.ts";
import { encodeReply } from "../wire/encode/encode-reply.ts";
import { CLIENT_PORT, FILE_OCTETS, Offset, SERVER_PORT, SNAME_OCTETS } from "../wire/layout.ts";
import { makeQuery } from "../wire/made-up-query.ts";
import { MessageType, messageTypeName } from "../wire/message-type.ts";
import { OptionCode, optionByCode } from "../wire/options/option-code.ts";
import { OptionIndex } from "../wire/options/option-index.ts";
import type { ExplainedOption, ExplainedPool, ExplainedQuery, Explanation } from "./explanation.ts";
import { subnetName } from "./lease-figures.ts";
import { queryLine, replyLine, tellQuery, tellReply } from "./log/message-line.ts";

/** What it needs. */
export interface ExplainParts {
  readonly serving: Serving;
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly interfaces: () => Interfaces;
  /** Addresses that are listened at besides those of interfaces. */
  readonly addresses: () => readonly Ipv4[];
}

/** A number that no query of a client is likely to have. */
const XID = 0x6578706c;
const ETHERNET = 1;
/** Options that the server fills in whatever is configured. */
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

  /** The octets of the query, as the client or its relay would send them. */
  octetsOf({ hardware, type, giaddr, ciaddr, requested, isBroadcast, options }: ExplainedQuery): Uint8Array {
    const asked =
      requested === undefined ? [] : [{ code: OptionCode.requestedAddress, value: octetsOfUint32(requested) }];
    const more = { ...(giaddr !== undefined && { giaddr }), ...(ciaddr !== undefined && { ciaddr }) };
    return makeQuery({
      ...{ type: MessageType[type], htype: ETHERNET, chaddr: hardware, xid: XID, ...more },
      isBroadcast: isBroadcast === true,
      options: [...asked, ...options],
    });
  }

  /** How it arrives; undefined if there is no such interface. */
  arrivalOf(query: ExplainedQuery): Arrival | undefined {
    const { interfaces, addresses, serving } = this.parts;
    const { list } = interfaces();
    const isServed = (ifindex: number): boolean => serving.links.sharedNetworkOf(ifindex) >= 0;
    const { via, giaddr, ciaddr } = query;
    const entry =
      via === undefined
        ? (list.find(({ ifindex }) => isServed(ifindex)) ?? list[0])
        : list.find(({ name }) => name === via);
    if (entry === undefined) return undefined;
    const { ifindex } = entry;
    const primary = serving.links.primaryAddress(ifindex);
    if (giaddr !== undefined) {
      const localAddress = addresses()[0] ?? primary;
      return { ifindex, localAddress, remoteAddress: giaddr, remotePort: SERVER_PORT };
    }
    if (ciaddr === undefined)
      return { ifindex, localAddress: IPV4_BROADCAST, remoteAddress: 0, remotePort: CLIENT_PORT };
    return { ifindex, localAddress: addresses()[0] ?? primary, remoteAddress: ciaddr, remotePort: CLIENT_PORT };
  }

  /** Undefined if the query names an interface that is not there. Throws nothing for whatever is asked. */
  explain(query: ExplainedQuery): Explanation | undefined {
    const arrival = this.arrivalOf(query);
    if (arrival === undefined) return undefined;
    const { serving, keys, clock } = this.parts;
    const { exchange } = this;
    const octets = this.octetsOf(query);
    const now = clock.wall();
    exchange.begin(Origin.socket, clock.monotonic() / 1000);
    const fault = receive(exchange, octets, 0, octets.length, arrival);
    if (fault !== undefined) throw new TypeError(`a query that is made up is sound, and not ${fault}`);
    locate(exchange, serving);
    identify(exchange, serving, keys);
    exchange.isAdmitted = true;
    decide(exchange, serving, now);
    if (exchange.decision.hasReply) deliver(exchange, serving, new SentDeliveries(), now);
    return this.describe();
  }

  private describe(): Explanation {
    const { exchange } = this;
    const { serving } = this.parts;
    const { config } = serving;
    const { query, arrival, decision, link, subnet, host, classes } = exchange;
    const site = siteOfSlot(serving, decision.slot) ?? decision.subnet ?? subnet;
    const places = site === undefined ? NO_PLACES : config.placesOf(site, host, classes);
    const network = config.sharedNetworks[link];
    return {
      message: messageTypeName(query.messageType),
      receivedAt: formatIpv4(arrival.localAddress),
      link: network?.name ?? "",
      linkBecause: this.whyLink(),
      ...(subnet !== undefined && {
        subnet: { name: subnetName(decision.subnet ?? subnet), at: textOf((decision.subnet ?? subnet).at) },
      }),
      ...(host !== undefined && { host: { name: host.name, at: textOf(host.at) } }),
      classes: classes.entries.flatMap(
        (entry) => config.classes.rules.find((rule) => rule.entry === entry)?.name ?? [],
      ),
      pools: this.describePools(),
      reason: decision.reason,
      isChecked: decision.needsProbe,
      ...this.describeReply(places),
      blocks: places.blocks.map(({ name, at }) => ({ name, at: textOf(at) })),
      settings: [...places.settings].map(([name, [at, ...overrides]]) => ({
        ...{ name, at: at === undefined ? "" : textOf(at), overrides: overrides.map(textOf) },
      })),
      log: this.logLines(),
    };
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

  /** All pools of the link, with those that the client may use. */
  private describePools(): readonly ExplainedPool[] {
    const { serving } = this.parts;
    const { config, table } = serving;
    const { link, classes, host, client } = this.exchange;
    const pools = serving.pools.of(link, classes);
    if (pools === undefined) return [];
    const permitted = usablePools(pools, host, client, config);
    return pools.dynamic.flatMap((index) => {
      const pool = config.pools[table.pools[index]?.declared ?? -1];
      const subnet = config.subnets[pool?.subnet ?? -1];
      if (pool === undefined || subnet === undefined) return [];
      const at = textOf(pool.ranges[0]?.at ?? subnet.at);
      const free = table.poolSize(index) - table.countInPool(index, BindingState.bound);
      return [
        { subnet: subnetName(subnet), at, ranges: rangeTexts(pool), isPermitted: permitted.includes(index), free },
      ];
    });
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
      reply: messageTypeName(reply.messageType),
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
        ...(at !== undefined && { at: textOf(at) }),
        overrides: overrides.map(textOf),
      };
    });
  }

  private logLines(): readonly string[] {
    const { exchange } = this;
    const { decision, query, arrival, delivery, destination } = exchange;
    const name = this.parts.interfaces().find(arrival.ifindex)?.name ?? "";
    const via = query.giaddr === 0 ? name : formatIpv4(query.giaddr);
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

function rangeTexts({ ranges }: Pool): readonly string[] {
  return ranges.map(({ first, last }) =>
    first === last ? formatIpv4(first) : `${formatIpv4(first)} ${formatIpv4(last)}`,
  );
}

function textOf({ file, line, column }: Provenance): string {
  return `${file}:${line}:${column}`;
}
