// Looks on beside the udp backend (--observe bpf): its packet sockets hear what is on the wire, and it follows what
// became of it. Counters, and a line in the log for each burst, report queries for us that no socket of ours has
// delivered, with the likeliest cause; bad checksums; other servers' replies, and clients that choose another server.
//
// Guarantees: it never sends and decides nothing; frames are parsed by the same code as the bpf backend's, and are as
// hostile; its memory is bounded (sightings.ts, foreign-servers.ts). A query counts as lost only when the UDP sockets
// are drained and the loop has waited for events several times since it was seen, so that a slow moment of ours is no
// loss. The sockets' own counters tell apart what a full queue lost and what a filter turned away while the server was
// behind.

import { randomBytes } from "node:crypto";
import { formatHex, getUint8, getUint32 } from "../../base/bytes.ts";
import { HASH_KEY_OCTETS, halfSipHash } from "../../base/hash.ts";
import type { Interface } from "../../base/interface.ts";
import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import {
  OBSERVE_SIGHTINGS_MAX,
  OBSERVE_TICK_MS,
  RECEIVE_BATCH,
  RECEIVE_BUFFER_OCTETS,
  RECEIVE_SLOT_OCTETS,
} from "../../base/limits/backend.ts";
import type { Helper } from "../../helper/helper.ts";
import { PacketSocket } from "../../native/packet-socket.ts";
import { ReceiveRows } from "../../native/rows.ts";
import { Frame, type FrameFault, parseFrame } from "../../wire/frame.ts";
import { BOOTREQUEST, MAGIC_COOKIE, Offset } from "../../wire/layout.ts";
import { messageTypeName } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { OptionIndex } from "../../wire/options/option-index.ts";
import type { BurstNotices } from "../burst-notices.ts";
import { type DropCause, type DropPicture, describeCause, dropCause } from "../drop-cause.ts";
import { ListenerSet, type OpenFailure } from "../listen/listener-set.ts";
import type { PlannedListener } from "../listen/listeners.ts";
import { type ForeignServer, ForeignServers } from "./foreign-servers.ts";
import { QueryFacts } from "./query-facts.ts";
import { Sightings } from "./sightings.ts";

const HARDWARE_OCTETS = 6;
const ETHERNET_SOURCE = 6;

/** The parts that an Observer works with. */
export interface ObserverParts {
  readonly helper: Helper;
  readonly bursts: BurstNotices;
  readonly notice: (level: "info" | "warn" | "error", message: string) => void;
  /** Datagrams that the UDP sockets have lost so far. */
  lost(): number;
  /** Whether a UDP socket holds datagrams that were not read yet. */
  isWaiting(): boolean;
}

/** The names of its counters, each with "observe-" in front. */
const COUNTERS = [
  "queries",
  "no-listener",
  "bad-source",
  "rp-filter",
  "firewall",
  "queue",
  "ip-checksum",
  "udp-checksum",
  "malformed",
  "passing",
] as const;
type Counter = (typeof COUNTERS)[number];

/** Listens beside UDP sockets; see the head of this file. */
export class Observer {
  private readonly parts: ObserverParts;
  private readonly sockets: ListenerSet<PacketSocket>;
  private readonly arena = new Uint8Array(RECEIVE_BATCH * RECEIVE_SLOT_OCTETS);
  private readonly rows = new ReceiveRows(RECEIVE_BATCH);
  private readonly frame = new Frame();
  private readonly options = new OptionIndex();
  private readonly sightings = new Sightings(OBSERVE_SIGHTINGS_MAX);
  private readonly facts = new QueryFacts(OBSERVE_SIGHTINGS_MAX);
  private readonly key = Uint8Array.from(randomBytes(HASH_KEY_OCTETS));
  private readonly foreign = new ForeignServers();
  private readonly counts = new Map<Counter, number>(COUNTERS.map((name) => [name, 0]));
  private picture: DropPicture | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Losses of the UDP sockets at the last tick, and losses that no query accounts for yet. */
  private lostBefore = 0;
  private lostSince = 0;
  private work: Promise<ReadonlyMap<PlannedListener, OpenFailure>> = Promise.resolve(new Map());

  constructor(parts: ObserverParts) {
    this.parts = parts;
    this.sockets = new ListenerSet({
      helper: parts.helper,
      request: (plan) => ({ kind: "observe", ifindex: plan.key, receiveBufferOctets: RECEIVE_BUFFER_OCTETS }),
      wrap: (fd, plan, onError) =>
        new PacketSocket(
          fd,
          this.arena,
          RECEIVE_SLOT_OCTETS,
          this.rows,
          (count) => this.take(plan.key, count),
          onError,
        ),
      onLost: (plan, errno) => parts.notice("error", `no longer observing ${plan.interface}: socket error ${errno}`),
    });
  }

  /** Takes in a new picture and opens and closes packet sockets as planned; resolves with what failed. */
  follow(
    picture: DropPicture,
    planned: readonly PlannedListener[],
  ): Promise<ReadonlyMap<PlannedListener, OpenFailure>> {
    this.picture = picture;
    this.work = this.work.then(async () => {
      const { opened, failed } = await this.sockets.apply(planned);
      for (const plan of opened) this.parts.notice("info", `observing ${plan.interface}`);
      return failed;
    });
    return this.work;
  }

  /** Resolves when all pictures so far are followed. */
  followed(): Promise<ReadonlyMap<PlannedListener, OpenFailure>> {
    return this.work;
  }

  /** Notes a query that a UDP socket has delivered: `length` octets at `start`. */
  hear(bytes: Uint8Array, start: number, length: number, source: Ipv4, sourcePort: number): void {
    this.sightings.hear(this.keyOf(bytes, start, length, source, sourcePort));
    this.watch();
  }

  /** Counters by name. */
  counters(): ReadonlyMap<string, number> {
    const { offers, acks, naks, requests } = this.foreign.total;
    return new Map([
      ...[...this.counts].map(([name, value]): [string, number] => [`observe-${name}`, value]),
      ["observe-heard", this.sightings.matched],
      ["observe-forgotten", this.sightings.forgotten],
      ["observe-lost", this.sockets.lost()],
      ["observe-foreign-offers", offers],
      ["observe-foreign-acks", acks],
      ["observe-foreign-naks", naks],
      ["observe-foreign-requests", requests],
    ]);
  }

  /** Notes that a client on this interface has chosen another server. */
  noteChoice(serverIdentifier: Ipv4, ifindex: number): void {
    const server = this.foreign.noteRequest(serverIdentifier, ifindex);
    if (server === undefined || !this.parts.bursts.begins(server.kind)) return;
    const where = `on ${this.nameOf(ifindex)}: a client's DHCPREQUEST names it`;
    this.parts.notice("warn", `another DHCP server, ${formatIpv4(serverIdentifier)}, ${where}`);
  }

  /** The other servers that were seen. */
  servers(): readonly ForeignServer[] {
    return this.foreign.list();
  }

  /** The name of an interface; its number if it is gone. */
  nameOf(ifindex: number): string {
    return this.interfaceOf(ifindex)?.name ?? `interface ${ifindex}`;
  }

  /** Closes everything; no callback runs after it. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.picture = undefined;
    this.sockets.close();
    await this.work;
  }

  private count(name: Counter, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  private interfaceOf(ifindex: number): Interface | undefined {
    return this.picture?.interfaces.find(ifindex);
  }

  /** The first `count` slots hold frames of the socket on interface `ifindex`. */
  private take(ifindex: number, count: number): void {
    const { rows, frame } = this;
    for (let slot = 0; slot < count; slot++) {
      // A VLAN's frame is shown to the socket of the interface below it too.
      if (rows.ifindex(slot) !== ifindex) continue;
      const start = slot * RECEIVE_SLOT_OCTETS;
      const fault = rows.isCut(slot)
        ? "frame-truncated"
        : parseFrame(this.arena, start, rows.length(slot), rows.isChecksumWhole(slot), frame);
      if (fault !== undefined) this.takeFault(fault, start, ifindex);
      else if (getUint8(this.arena, start + frame.payloadStart) === BOOTREQUEST) this.takeQuery(start, ifindex);
      else this.takeReply(start, ifindex);
    }
    this.watch();
  }

  private takeFault(fault: FrameFault, start: number, ifindex: number): void {
    const name =
      fault === "frame-ip-checksum" ? "ip-checksum" : fault === "frame-udp-checksum" ? "udp-checksum" : "malformed";
    this.count(name);
    // The kernel drops it from the socket's queue, where it counts as lost.
    if (name === "udp-checksum") this.lostSince--;
    if (!this.parts.bursts.begins(`observed ${name}`)) return;
    const what =
      name === "malformed" ? `malformed (${fault})` : `of a bad ${name === "ip-checksum" ? "IP" : "UDP"} checksum`;
    const from = this.hardwareAt(start + ETHERNET_SOURCE);
    this.parts.notice("warn", `a DHCP message from ${from} on ${this.nameOf(ifindex)} is ${what}: the kernel drops it`);
  }

  private takeQuery(start: number, ifindex: number): void {
    const { frame, picture, facts } = this;
    if (picture === undefined) return;
    if (!picture.interfaces.own.has(frame.destination) && !picture.interfaces.broadcasts.has(frame.destination))
      return this.count("passing");
    this.count("queries");
    const message = start + frame.payloadStart;
    const key = this.keyOf(this.arena, message, frame.payloadLength, frame.source, frame.sourcePort);
    const place = this.sightings.see(key);
    if (place < 0) return;
    const type = this.readOptions(message) ? this.options.byte(OptionCode.messageType, 0) : 0;
    facts.record(place, frame, ifindex, this.arena, message, type);
  }

  private takeReply(start: number, ifindex: number): void {
    const { frame, picture, options } = this;
    if (picture === undefined || !this.readOptions(start + frame.payloadStart)) return;
    const identifier = options.uint32(OptionCode.serverId);
    // A relay's replies are ours where we are the server, and a server of the same anycast address is no stranger.
    if (picture.interfaces.own.has(frame.source) || picture.interfaces.own.has(identifier)) return;
    const type = options.byte(OptionCode.messageType, 0);
    const server = this.foreign.serverOfReply(frame.source, identifier, ifindex, type);
    if (server === undefined || !this.parts.bursts.begins(server.kind)) return;
    const hardware = this.hardwareAt(start + ETHERNET_SOURCE);
    const where = `${formatIpv4(frame.source)} (server identifier ${formatIpv4(identifier)}, ${hardware})`;
    this.parts.notice(
      "warn",
      `another DHCP server on ${this.nameOf(ifindex)}: a ${messageTypeName(type)} from ${where}`,
    );
  }

  private readOptions(message: number): boolean {
    const { payloadLength } = this.frame;
    if (payloadLength < Offset.options || getUint32(this.arena, message + Offset.cookie) !== MAGIC_COOKIE) {
      this.options.clear();
      return false;
    }
    return this.options.read(this.arena, message, payloadLength);
  }

  private hardwareAt(at: number): string {
    return formatHex(this.arena.subarray(at, at + HARDWARE_OCTETS), ":");
  }

  private keyOf(bytes: Uint8Array, start: number, length: number, source: Ipv4, sourcePort: number): number {
    return (halfSipHash(this.key, bytes, start, length) ^ Math.imul(source ^ sourcePort, 0x9e3779b1)) >>> 0;
  }

  /** Ticks while anything is waited for. */
  private watch(): void {
    if (this.timer !== undefined || this.sightings.isEmpty || this.picture === undefined) return;
    this.lostBefore = this.parts.lost();
    this.lostSince = 0;
    this.timer = setTimeout(() => this.tick(), OBSERVE_TICK_MS);
  }

  private tick(): void {
    const lost = this.parts.lost();
    this.lostSince += lost - this.lostBefore;
    this.lostBefore = lost;
    // Behind: a query that is missing may still be in a queue. The oldest sightings give way meanwhile.
    if (!this.parts.isWaiting()) this.sightings.pass((place, times) => this.tellUnheard(place, times));
    this.timer = undefined;
    if (!this.sightings.isEmpty) this.timer = setTimeout(() => this.tick(), OBSERVE_TICK_MS);
  }

  private tellUnheard(place: number, times: number): void {
    const { facts, picture } = this;
    if (picture === undefined) return;
    const destination = facts.destination(place);
    const source = facts.source(place);
    const ifindex = facts.ifindex(place);
    const isQueueLoss = this.lostSince >= times;
    if (isQueueLoss) this.lostSince -= times;
    const cause: DropCause | "queue" = isQueueLoss ? "queue" : dropCause(picture, source, destination, ifindex);
    this.count(cause, times);
    if (!this.parts.bursts.begins(`observed ${cause}`)) return;
    const name = this.nameOf(ifindex);
    const why =
      cause === "queue"
        ? "the socket's queue was full, or its filter turns new clients away for a while"
        : describeCause(cause, destination, name);
    const route = `from ${formatIpv4(source)} to ${formatIpv4(destination)}`;
    this.parts.notice("warn", `${facts.describe(place)} ${route} came in by ${name} and did not reach us: ${why}`);
  }
}
