// Rows of messages to the engine, with real codec, configuration and lease table: after each of them the invariants of
// docs/ARCHITECTURE.md section 4 hold. Clocks are set, configurations are replaced, and the store goes away meanwhile.

import { formatIpv4 } from "../../../src/base/ipv4.ts";
import type { Config } from "../../../src/config/model/model.ts";
import { Change } from "../../../src/engine/decision.ts";
import { LEASE_RECORD_OCTETS_MAX, readLeases, writeLease } from "../../../src/lease/file/leases-file.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { NO_LEASE } from "../../../src/lease/table/table.ts";
import { queryLine, replyLine, tellQuery, tellReply } from "../../../src/server/log/message-line.ts";
import { Delivery } from "../../../src/wire/delivery.ts";
import { MessageType } from "../../../src/wire/message-type.ts";
import { configOf } from "../../support/config-text.ts";
import { decodeMessage } from "../../support/decode-message.ts";
import { EngineWorld, type Outcome, type TestArrival, testInterface } from "../../support/engine-world.ts";
import { buildMessage, ip, type MessageParts, macOf } from "../../support/message-builder.ts";
import { MESSAGE_SEEDS, MESSAGE_WORDS } from "../messages.ts";
import { Choices, check, joined, octetsOfText, pieceOf, type Target } from "../target.ts";

/** Ours; the last one lies in a range. */
const OWN = ["10.0.0.1", "10.2.0.1", "10.0.0.16"] as const;
const OVERRIDE = "192.0.2.53";
const OTHER_SUBNETS = `
  subnet 10.1.0.0 netmask 255.255.255.0 { option routers 10.1.0.1; range 10.1.0.1 10.1.0.6; }
  subnet 10.2.0.0 netmask 255.255.255.252 { range 10.2.0.0 10.2.0.3; }`;
/** All serve 10.0.0.0/24, so that each can take the place of each. */
const CONFIGURATIONS = [
  `default-lease-time 100; max-lease-time 200; ping-check off; authoritative; allow leasequery; ${OTHER_SUBNETS}
   subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.15; range 10.0.0.10 10.0.0.18; }
   host fixed { hardware ethernet 02:00:00:00:00:03; fixed-address 10.0.0.12; option host-name "fixed"; }`,
  `default-lease-time 100; rapid-commit on; allow leasequery; use-host-decl-names on; one-lease-per-client on; ${OTHER_SUBNETS}
   option domain-search "a.example", "b.example"; option classless-static-routes 10.3/16 10.0.0.1, 0/0 10.0.0.1;
   class "cam" { match if substring(option vendor-class-identifier, 0, 3) = "CAM" or suffix(hardware, 1) = 04; filename "cam"; }
   class "port" { match option agent.circuit-id; } subclass "port" 00:02 { max-lease-time 30; }
   subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.10 10.0.0.12; deny members of "cam"; }
     pool { range 10.0.0.13 10.0.0.14; allow members of "cam"; } range dynamic-bootp 10.0.0.20 10.0.0.21; }
   host named { option dhcp-client-identifier 0:2:1; fixed-address 10.0.0.13, 10.1.0.3; }`,
  `default-lease-time 4294967295; max-lease-time 4294967295; allow bootp; always-broadcast on; deny unknown-clients; ${OTHER_SUBNETS}
   server-identifier ${OVERRIDE}; ignore-client-uids on; subnet 10.0.0.0 netmask 255.255.255.0 { range dynamic-bootp 10.0.0.10 10.0.0.11; }
   host one { hardware ethernet 02:00:00:00:00:01; } host two { hardware ethernet 02:00:00:00:00:02; deny booting; }`,
].map((text) => configOf(text)) as [Config, Config, Config];
const CLUSTER = { reserveSeconds: 60, clockSkewSeconds: 30 };

const CLIENTS = [
  "02:00:00:00:00:01",
  "02:00:00:00:00:02",
  "02:00:00:00:00:03",
  "02:00:00:00:00:04",
  "00:00:00:00:00:00",
] as const;
const ADDRESSES = [
  ...([
    "10.0.0.0",
    "10.0.0.10",
    "10.0.0.11",
    "10.0.0.12",
    "10.0.0.13",
    "10.0.0.15",
    "10.0.0.16",
    "10.0.0.255",
  ] as const),
  ...(["10.1.0.1", "10.1.0.3", "10.2.0.2", "10.9.9.9", "255.255.255.255", "127.0.0.1"] as const),
] as const;
const TYPES = [1, 1, 1, 3, 3, 3, 3, 4, 7, 8, 0, 10, 2, 5, 13, 14, 255] as const;
const GIADDRS = ["", "", "", "", "10.1.0.1", "10.0.0.99", "192.0.2.1", "10.0.0.1", "127.0.0.1"] as const;
const SERVERS = ["10.0.0.1", "10.0.0.1", "", "10.0.0.99", OVERRIDE] as const;
const SECONDS = [undefined, undefined, 0, 1, 50, 0xffff_fffe, 0xffff_ffff] as const;
/** The log's lines are made of every fourth message: they cost more than the rest. */
const LINES_EACH = 4;
/** Messages of one input. */
const EVENTS_MAX = 64;

/** What a client may rely on. */
interface Belief {
  readonly client: string;
  readonly chaddr: string;
  readonly until: number;
}

/** One input's server, and what its clients were told. */
class Conversation {
  messages = 0;
  private readonly choices: Choices;
  private readonly world: EngineWorld;
  private readonly isCluster: boolean;
  private readonly believed = new Map<string, Belief>();
  private told = "";
  /** Identifiers are ignored since a reload: clients that had an offer each may be one. */
  private haveClientsMerged = false;
  readonly trace: string[] = [];

  constructor(octets: Uint8Array) {
    this.choices = new Choices(octets);
    this.isCluster = this.choices.below(4) === 0;
    const interfaces = [testInterface(2, "lan0", OWN[0], OWN[2]), testInterface(3, "lan1", OWN[1])];
    this.world = new EngineWorld(this.choices.of(CONFIGURATIONS), interfaces, this.isCluster ? CLUSTER : undefined);
    this.world.remembersDeliveries = true;
  }

  run(): void {
    const { choices } = this;
    while (!choices.isEmpty && this.messages < EVENTS_MAX) {
      const kind = choices.below(16);
      if (kind === 11) this.pass(choices.short() / 256);
      else if (kind === 12) this.send(choices.piece(), "");
      else if (kind === 13 && !this.isCluster) this.reload();
      else if (kind === 14) this.setClock((choices.short() - 0x8000) * 8);
      else if (kind === 15) this.change();
      else this.send(...this.message());
    }
    this.checkStored();
  }

  private pass(seconds: number): void {
    this.world.now += seconds;
    this.world.expire();
  }

  private reload(): void {
    const { world } = this;
    world.reload(this.choices.of(CONFIGURATIONS));
    this.haveClientsMerged ||= world.serving.config.ignoresClientIds;
  }

  private setClock(seconds: number): void {
    const { world } = this;
    // What has ended stays so when the clock goes back.
    this.forgetEnded();
    world.now = Math.max(1e9, Math.min(4e9, world.now + seconds));
    world.clockSetBy += seconds;
  }

  private change(): void {
    const { world, choices } = this;
    const flags = choices.octet();
    world.serving.isStoreAway = this.isCluster && (flags & 1) !== 0;
    world.serving.mayAllocate = !this.isCluster || (flags & 6) !== 0;
    world.isFresh = this.isCluster && (flags & 8) !== 0;
    world.probed = (flags & 16) !== 0 && this.told !== "" ? this.told : undefined;
  }

  /** A message that is mostly sound, and its client. */
  private message(): [Uint8Array, string] {
    const { choices } = this;
    const chaddr = choices.of(CLIENTS);
    const type = choices.of(TYPES);
    const flags = choices.octet();
    const address = (flags & 1) !== 0 && this.told !== "" ? this.told : choices.of(ADDRESSES);
    const giaddr = choices.of(GIADDRS);
    const serverId = choices.of(SERVERS);
    const leaseSeconds = choices.of(SECONDS);
    const clientId = (flags & 2) === 0 ? undefined : [0, choices.below(3), 1];
    const more = choices.octet();
    const options: [number, number[]][] = [];
    if ((more & 1) !== 0) options.push([12, [...choices.take(choices.below(70))]]);
    if ((more & 2) !== 0) options.push([60, [...octetsOfText("CAM"), choices.octet()]]);
    if ((more & 4) !== 0) options.push([80, []]);
    if ((more & 8) !== 0) options.push([81, [...choices.take(choices.below(20))]]);
    if ((more & 16) !== 0) options.push([1 + choices.below(254), [...choices.take(choices.below(20))]]);
    if ((more & 32) !== 0) options.push([55, [...choices.take(choices.below(20))]]);
    if ((more & 64) !== 0) options.push([57, [choices.octet(), choices.octet()]]);
    const parts: MessageParts = {
      ...{ type, chaddr, options, xid: choices.below(8), secs: choices.octet(), broadcast: (flags & 4) !== 0 },
      ...((flags & 8) !== 0 && { requested: address }),
      ...((flags & 16) !== 0 && { ciaddr: address }),
      ...(serverId !== "" && (flags & 32) !== 0 && { serverId }),
      ...(leaseSeconds !== undefined && { leaseSeconds }),
      ...(clientId !== undefined && { clientId }),
      ...(giaddr !== "" && { giaddr, hops: 1 }),
      ...((more & 128) !== 0 && { agentInformation: [1, 2, 0, choices.below(3), ...choices.take(choices.below(12))] }),
    };
    const octets = buildMessage(parts);
    for (let patches = (flags & 64) === 0 ? 0 : choices.below(3); patches > 0; patches--)
      octets[choices.short() % octets.length] = choices.octet();
    return [octets, chaddr];
  }

  private arrival(octets: Uint8Array): TestArrival {
    const { choices } = this;
    const header = new DataView(octets.buffer, octets.byteOffset, octets.length);
    const giaddr = octets.length < 28 ? 0 : header.getUint32(24);
    const ciaddr = octets.length < 28 ? 0 : header.getUint32(12);
    const flags = choices.octet();
    return {
      ifindex: (flags & 7) === 0 ? 3 : 2,
      to: (flags & 8) === 0 ? "255.255.255.255" : OWN[0],
      from: formatIpv4((flags & 48) === 0 ? ip(choices.of(ADDRESSES)) : giaddr === 0 ? ciaddr : giaddr),
      port: (flags & 64) === 0 ? 68 : giaddr === 0 ? 5555 : 67,
    };
  }

  private send(octets: Uint8Array, chaddr: string): void {
    const { world } = this;
    this.messages += 1;
    this.pass((this.choices.octet() & 7) / 4);
    const arrival = this.arrival(octets);
    const before = this.picture();
    const outcome = world.sendOctets(octets, arrival);
    const { decision } = world.exchange;
    this.trace.push(
      `${outcome.reason} ${outcome.yiaddr} ${outcome.delivery} ${outcome.destination}:${outcome.port} ${outcome.leaseSeconds}`,
    );
    if (!outcome.hasReply && (decision.change === Change.none || outcome.reason.startsWith("malformed")))
      check(this.picture() === before, () => `${outcome.reason} has changed a lease`);
    if (this.messages % LINES_EACH === 0) this.checkLines(outcome);
    this.checkOffers();
    // A client that is refused the address it has relies on it no longer; its card is the same, whatever identifier it says.
    const isRefused = outcome.messageType === MessageType.nak && decision.change === Change.release;
    if (isRefused || outcome.reason === "released" || outcome.reason === "declined") this.forgetReleased();
    if (!outcome.hasReply) return;
    this.checkDestination(outcome, arrival);
    this.checkAddress(outcome);
    this.checkServerId(outcome);
    const answer = decodeMessage(outcome.bytes);
    check(answer.xid === world.exchange.query.xid && answer.op === 2, () => "the answer is not the query's");
    if (outcome.messageType === MessageType.offer) this.told = outcome.yiaddr;
    if (outcome.messageType === MessageType.ack && outcome.reason !== "ack-inform") this.believe(outcome, chaddr);
  }

  /** All that a lease table knows, as text. */
  private picture(): string {
    const { table } = this.world;
    const all: number[] = [];
    for (let slot = 0; slot < table.size; slot++)
      all.push(
        table.state(slot),
        table.startsAt(slot),
        table.endsAt(slot),
        table.detailsOf(slot),
        table.isWithheld(slot) ? 1 : 0,
      );
    return all.join();
  }

  /** What is logged is text that nobody obeys, at every level. */
  private checkLines({ reason, hasReply }: Outcome): void {
    const { exchange } = this.world;
    if (reason.startsWith("malformed") || reason === "truncated") return;
    const lines = [queryLine(tellQuery(exchange), exchange.decision.reason, "lan0")];
    if (hasReply) lines.push(replyLine({ ...tellReply(exchange), delivery: exchange.delivery }, "lan0"));
    for (const { text, fields } of lines)
      for (const said of [text, JSON.stringify(fields)])
        check(/^[ -~]*$/.test(said), () => `a line of the log is not printable: ${said}`);
  }

  /** No client holds two addresses of one link by offers. */
  private checkOffers(): void {
    const { table } = this.world;
    if (this.haveClientsMerged) return;
    const holders = new Set<string>();
    for (let slot = 0; slot < table.size; slot++) {
      if (table.state(slot) !== BindingState.offered) continue;
      const { clientId, hardwareAddress, htype } = table.record(slot);
      const link = table.pools[table.poolOf(slot)]?.sharedNetwork;
      const ignoresIds = table.pools[table.poolOf(slot)]?.ignoresClientIds === true;
      const holder = `${link} ${clientId.length > 0 && !ignoresIds ? `id ${clientId.join()}` : `hardware ${htype} ${hardwareAddress.join()}`}`;
      check(
        !holders.has(holder),
        () => `two offers for ${holder}, one of them of ${formatIpv4(table.addressOf(slot))}`,
      );
      holders.add(holder);
    }
  }

  private forgetReleased(): void {
    const { decision } = this.world.exchange;
    if (decision.slot !== NO_LEASE) this.believed.delete(formatIpv4(this.world.table.addressOf(decision.slot)));
  }

  private forgetEnded(): void {
    for (const [address, { until }] of this.believed) if (until <= this.world.now) this.believed.delete(address);
  }

  private checkDestination({ delivery, destination, port, yiaddr }: Outcome, arrival: TestArrival): void {
    const { query, delivery: way } = this.world.exchange;
    const isSound =
      way === Delivery.relay
        ? ip(destination) === query.giaddr && (port === 67 || port === arrival.port)
        : port === 68 &&
          (way === Delivery.broadcast
            ? destination === "255.255.255.255"
            : way === Delivery.neighbour
              ? destination === yiaddr
              : ip(destination) === query.ciaddr || destination === arrival.from);
    check(isSound, () => `a reply by ${delivery} goes to ${destination}:${port}`);
  }

  private checkAddress({ yiaddr, messageType }: Outcome): void {
    if (messageType !== MessageType.offer && messageType !== MessageType.ack) return;
    if (yiaddr === "0.0.0.0") return;
    const { table, serving } = this.world;
    check(!(OWN as readonly string[]).includes(yiaddr), () => `${yiaddr} is ours`);
    check(table.slotOf(ip(yiaddr)) !== NO_LEASE, () => `${yiaddr} is in no pool`);
    const subnet = serving.config.findSubnet(ip(yiaddr));
    check(
      subnet !== undefined && subnet.sharedNetwork === this.world.exchange.link,
      () => `${yiaddr} is on another link`,
    );
    const host = (ip(yiaddr) & ~subnet.mask) >>> 0;
    check(host !== 0 && host !== ~subnet.mask >>> 0, () => `${yiaddr} is the network or its broadcast address`);
    const isRouter =
      yiaddr === "10.1.0.1" ||
      (yiaddr === "10.0.0.15" && serving.config.findSubnet(ip(yiaddr))?.scope.options.get(3)?.at(-1) === 15);
    check(!isRouter, () => `${yiaddr} is a router`);
  }

  private checkServerId({ serverId, messageType }: Outcome): void {
    const { query } = this.world.exchange;
    if (messageType === MessageType.bootp || serverId === "0.0.0.0") return;
    const known = [...OWN, OVERRIDE, formatIpv4(query.serverIdOverride), formatIpv4(query.serverId)];
    check(known.includes(serverId), () => `the server calls itself ${serverId}`);
  }

  /** An ACK speaks of a stored lease, and of one that no other client can rely on. */
  private believe(outcome: Outcome, chaddr: string): void {
    const { world, believed } = this;
    const { table, now, exchange } = world;
    const slot = table.slotOf(ip(outcome.yiaddr));
    check(table.state(slot) === BindingState.bound, () => `an ACK of ${outcome.yiaddr}, which is not leased`);
    check(!table.isPending(slot), () => `an ACK of ${outcome.yiaddr} before it is durable`);
    const told = outcome.leaseSeconds;
    check(told > 0, () => `an ACK for ${told} seconds`);
    check(table.endsAt(slot) >= now + told, () => `an ACK of ${outcome.yiaddr} for longer than it is stored`);
    const { clientId } = table.record(slot);
    const hardware = exchange.query.chaddr.subarray(0, exchange.query.hlen).join();
    const client =
      clientId.length > 0 && table.pools[table.poolOf(slot)]?.ignoresClientIds !== true
        ? `id ${clientId.join()}`
        : `hardware ${hardware}`;
    this.forgetEnded();
    for (const [address, held] of believed)
      if (held.client === client && address !== outcome.yiaddr) believed.delete(address);
    const other = believed.get(outcome.yiaddr);
    // A lease without an identifier is its card's, whatever that says later; a reserved address is its host's.
    const isSame = other === undefined || other.client === client || other.chaddr === hardware;
    check(
      isSame,
      () =>
        `${outcome.yiaddr} is ${other?.client}'s until ${other?.until}, and ${client} gets it at ${now} (${outcome.reason}, ${chaddr})`,
    );
    believed.set(outcome.yiaddr, { client, chaddr: hardware, until: now + told });
  }

  /** What a lease file would have of the table is read back as what the table has. */
  private checkStored(): void {
    const { table } = this.world;
    for (let slot = table.nextStored(NO_LEASE); slot !== NO_LEASE; slot = table.nextStored(slot)) {
      const length = writeLease(table, slot, LEASE_TEXT, 0);
      const read: LeaseRecord[] = [];
      const damage: string[] = [];
      readLeases(
        LEASE_TEXT,
        0,
        length,
        (record) => read.push(record),
        (_at, message) => damage.push(message),
      );
      const isSame =
        damage.length === 0 && read.length === 1 && JSON.stringify(read[0]) === JSON.stringify(table.record(slot));
      check(
        isSame,
        () =>
          `a lease is not read as it was written: ${damage.join()} ${JSON.stringify(read[0])} ${JSON.stringify(table.record(slot))}`,
      );
    }
  }
}

const LEASE_TEXT = new Uint8Array(LEASE_RECORD_OCTETS_MAX);

/** DISCOVER, REQUEST of what was offered, a renewal, and another client's REQUEST for the same. */
const PLAIN_EVENTS = [
  [0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 9, 0, 8],
  [0, 0, 3, 41, 0, 1, 0, 0, 0, 1, 0, 0, 8],
  [11, 50, 0, 0, 0, 3, 17, 0, 2, 0, 0, 1, 0, 0, 16, 8],
  [0, 1, 3, 9, 0, 2, 0, 0, 1, 0, 0, 8],
].flat();

export const sequenceTarget: Target = {
  name: "sequence",
  unit: "packets",
  seeds: [
    ...[0, 1, 2, 3, 4, 5].map((first) => Uint8Array.from([first, first, ...PLAIN_EVENTS])),
    ...MESSAGE_SEEDS.map((message, i) =>
      joined(
        Uint8Array.of(1, i),
        joined(...[1, 2, 3].map(() => joined(Uint8Array.of(12), pieceOf(message), Uint8Array.of(0, 9)))),
      ),
    ),
  ],
  words: [
    ...MESSAGE_WORDS,
    ...CLIENTS.map((text) => Uint8Array.from(macOf(text))),
    Uint8Array.of(13, 1),
    Uint8Array.of(14, 0x90, 0),
    Uint8Array.of(15, 1),
    Uint8Array.from(PLAIN_EVENTS),
  ],
  octetsMax: 1500,
  run(octets) {
    const first = new Conversation(octets);
    try {
      first.run();
    } catch (error) {
      if (error instanceof Error) error.message += `, after\n  ${first.trace.join("\n  ")}`;
      throw error;
    }
    // The same again comes to the same.
    if (octets.length % 8 === 0) {
      const second = new Conversation(octets);
      second.run();
      check(second.trace.join() === first.trace.join(), () => "the same messages had other answers the second time");
    }
    return first.messages;
  },
};
