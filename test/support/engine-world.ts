// The real engine over the real codec, configuration and lease table, with no socket: a test gives
// octets and an arrival, and reads the decision and the encoded reply.

import type { Interface } from "../../src/base/interface.ts";
import { Interfaces } from "../../src/base/interfaces.ts";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { REPLY_OCTETS_MAX } from "../../src/base/limits/wire.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/model/model.ts";
import { apply, isDurable } from "../../src/engine/apply.ts";
import { decide } from "../../src/engine/decide.ts";
import { deliver } from "../../src/engine/deliver/delivery.ts";
import { SentDeliveries } from "../../src/engine/deliver/sent-deliveries.ts";
import { Exchange, Origin, receive } from "../../src/engine/exchange.ts";
import { identify } from "../../src/engine/identify.ts";
import { locate } from "../../src/engine/locate/locate.ts";
import { ServedLinks } from "../../src/engine/locate/served-links.ts";
import { QueryLimits } from "../../src/engine/query-limits.ts";
import { type ClusterTerms, Serving } from "../../src/engine/serving.ts";
import { poolsOf, tableOptionsOf } from "../../src/lease/pools.ts";
import { LeaseTable, NO_LEASE } from "../../src/lease/table/table.ts";
import { ArrivalSlot } from "../../src/wire/arrival.ts";
import { deliveryName } from "../../src/wire/delivery.ts";
import { encodeReply } from "../../src/wire/encode/encode-reply.ts";
import { buildMessage, ip, type MessageParts } from "./message-builder.ts";

/** How a test's datagram arrives; defaults to a client without address on interface 2. */
export interface TestArrival {
  readonly ifindex?: number;
  readonly to?: string;
  readonly from?: string;
  readonly port?: number;
}

/** What came of it, as text where people read it. */
export interface Outcome {
  readonly reason: string;
  readonly delivery: string;
  readonly destination: string;
  readonly port: number;
  readonly source: string;
  readonly ifindex: number;
  readonly yiaddr: string;
  readonly serverId: string;
  readonly leaseSeconds: number;
  readonly messageType: number;
  readonly hasReply: boolean;
  readonly needsProbe: boolean;
  /** The encoded reply; empty if there is none. */
  readonly bytes: Uint8Array;
}

export const KEYS = { table: new Uint8Array(16).fill(7), order: new Uint8Array(16) };

/** An interface with one /24 address. */
export function testInterface(ifindex: number, name: string, ...addresses: string[]): Interface {
  return {
    ifindex,
    name,
    up: true,
    running: true,
    loopback: name === "lo",
    pointToPoint: false,
    broadcast: name !== "lo",
    virtual: false,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, ifindex),
    addresses: addresses.map((text) => {
      const [address = "", length = "24"] = text.split("/");
      return { address: ip(address), prefixLength: Number(length), primary: true };
    }),
  };
}

/** A server without sockets. */
export class EngineWorld {
  readonly serving: Serving;
  table: LeaseTable;
  now = 1_800_000_000;
  /** The address that was found unused while the next queries waited. */
  probed: string | undefined;
  /** What the wall clock was set forward by since the start. */
  clockSetBy = 0;
  /** Whether it remembers how it answered, as a server does: most tests send many messages with one xid. */
  remembersDeliveries = false;
  /** Whether the store has been read for the next queries. */
  isFresh = false;
  /** Of the last commit to a shared store. */
  revision = 1;
  readonly exchange = new Exchange();
  readonly queryLimits = new QueryLimits();
  readonly sent = new SentDeliveries();

  private readonly interfaces: readonly Interface[];

  /** `configuration`: as text, or loaded. `cluster`: for a server that shares its leases with others. */
  constructor(configuration: string | Config, interfaces: readonly Interface[], cluster?: ClusterTerms) {
    const config = typeof configuration === "string" ? configOf(configuration) : configuration;
    this.interfaces = interfaces;
    this.table = new LeaseTable(poolsOf(config), KEYS, tableOptionsOf(config, cluster !== undefined));
    this.serving = new Serving(config, this.table, new ServedLinks(new Interfaces(1, interfaces), config), cluster);
  }

  /** Takes over another configuration, as a reload does. */
  reload(configuration: string | Config): void {
    const config = typeof configuration === "string" ? configOf(configuration) : configuration;
    this.table = this.table.rebuild(poolsOf(config), tableOptionsOf(config, false));
    this.serving.reconfigure(config, this.table, new ServedLinks(new Interfaces(1, this.interfaces), config));
  }

  /** Sends a message through decode, decide, apply and (if durable) an immediately successful commit. */
  send(parts: MessageParts, arrival: TestArrival = {}): Outcome {
    // A relay has an address; a test that means none says so.
    return this.sendOctets(buildMessage(parts), { ...(parts.giaddr && { from: parts.giaddr }), ...arrival });
  }

  /** The same for raw octets. A malformed one gives its fault as the reason. */
  sendOctets(bytes: Uint8Array, arrival: TestArrival = {}): Outcome {
    const { exchange, serving, now } = this;
    const { decision } = exchange;
    decision.reset();
    const slot = new ArrivalSlot();
    slot.ifindex = arrival.ifindex ?? 2;
    slot.localAddress = ip(arrival.to ?? "255.255.255.255");
    slot.remoteAddress = ip(arrival.from ?? "0.0.0.0");
    slot.remotePort = arrival.port ?? 68;
    exchange.begin(
      Origin.socket,
      this.monotonic,
      this.probed === undefined ? NO_LEASE : this.table.slotOf(ip(this.probed)),
      [],
      0,
      this.isFresh,
    );
    const fault = receive(exchange, bytes, 0, bytes.length, slot);
    if (fault !== undefined) return { ...this.outcome(new Uint8Array(0)), reason: fault };
    locate(exchange, serving);
    identify(exchange, serving, KEYS);
    this.queryLimits.admit(exchange);
    decide(exchange, serving, now);
    if (decision.hasReply) deliver(exchange, serving, this.sent, now);
    this.queryLimits.charge(exchange);
    if (this.remembersDeliveries) this.sent.noteWaiting(exchange, now);
    const durable = isDurable(decision);
    apply(exchange, serving, now);
    if (durable) {
      this.revision += 1;
      this.table.confirm(decision.slot, this.revision);
      if (decision.alsoReleased !== NO_LEASE) this.table.confirm(decision.alsoReleased);
    }
    if (!decision.hasReply) return this.outcome(new Uint8Array(0));
    if (this.remembersDeliveries && !decision.needsProbe) this.sent.remember(exchange, now);
    const target = new Uint8Array(REPLY_OCTETS_MAX);
    const length = encodeReply(exchange.query, decision.reply, target, 0);
    return this.outcome(target.subarray(0, length));
  }

  /** Seconds of the monotonic clock. */
  get monotonic(): number {
    return this.now - this.clockSetBy;
  }

  /** Ends leases that are over, as the server does every second. */
  expire(): void {
    this.table.lapseOffers(this.now, this.monotonic, 1000);
    this.table.expire(this.now, 1000, () => undefined);
  }

  /** DISCOVER and REQUEST of a direct client; returns its address. */
  lease(chaddr: string, parts: Partial<MessageParts> = {}, arrival: TestArrival = {}): string {
    const offer = this.send({ ...parts, type: 1, chaddr }, arrival);
    const ack = this.send({ ...parts, type: 3, chaddr, requested: offer.yiaddr, serverId: offer.serverId }, arrival);
    if (ack.messageType !== 5) throw new TypeError(`no lease: ${offer.reason}, ${ack.reason}`);
    return ack.yiaddr;
  }

  private outcome(bytes: Uint8Array): Outcome {
    const { exchange } = this;
    const { decision } = exchange;
    return {
      reason: decision.reason,
      delivery: deliveryName(decision.hasReply ? exchange.delivery : 0),
      destination: formatIpv4(decision.hasReply ? exchange.destination : 0),
      port: decision.hasReply ? exchange.port : 0,
      source: formatIpv4(decision.source),
      ifindex: decision.hasReply ? exchange.arrival.ifindex : 0,
      yiaddr: formatIpv4(decision.hasReply ? decision.reply.yiaddr : 0),
      serverId: formatIpv4(decision.hasReply ? decision.reply.serverId : 0),
      leaseSeconds: decision.reply.leaseSeconds,
      messageType: decision.hasReply ? decision.reply.messageType : 0,
      hasReply: decision.hasReply,
      needsProbe: decision.needsProbe,
      bytes,
    };
  }
}

function configOf(text: string): Config {
  const { config, diagnostics } = loadConfig("test.conf", text);
  if (config === undefined) throw new TypeError(diagnostics.map((d) => `${d.line}: ${d.message}`).join("\n"));
  return config;
}
