// One log line for each DHCP message, in dhcpd(8)'s words and with stable fields. A flood is cut to
// a bounded number of lines, spread over the second: a line costs several times what the message does that
// it tells of, and a thousand of them in a row would keep every client waiting. The log says how many were
// left out.

import { formatHex, getUint32 } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { LOG_LINES_AT_ONCE, LOG_LINES_PER_SECOND } from "../base/limits.ts";
import { escapeOctets, isPrintable } from "../base/text.ts";
import type { Clock } from "../base/time.ts";
import type { Decision, Reason } from "../engine/decision.ts";
import type { Inquiry } from "../engine/state.ts";
import type { Logger } from "../log.ts";
import { ReplyColumn } from "../native.ts";
import type { Arrival } from "../wire/arrival.ts";
import { type Delivery, deliveryName } from "../wire/delivery.ts";
import { isLeaseInformation, MessageType, messageTypeName } from "../wire/message-type.ts";
import { OptionCode } from "../wire/option-code.ts";
import type { Query } from "../wire/query.ts";
import { RelaySubOption } from "../wire/relay-agent.ts";
import { BurstFilter } from "./counters.ts";
import { messageTypeOf } from "./held-commit.ts";

const BURST_MS = 10_000;
const SECOND_MS = 1000;
/** Lines are allowed for so long at a time: single ones would cost more, with everything else between them. */
const CREDIT_MS = 20;
const HLEN_OFFSET = 2;
const XID_OFFSET = 4;
const CIADDR_OFFSET = 12;
const YIADDR_OFFSET = 16;
const GIADDR_OFFSET = 24;
const CHADDR_OFFSET = 28;

/** Of what a client says in words, so much is told. */
const SAYING_OCTETS_MAX = 100;
const NO_OCTETS = new Uint8Array(0);

/** What comes of a DHCPDECLINE by somebody who has the address. */
const DECLINE_OUTCOMES: Partial<Record<Reason, string>> = {
  declined: "nobody gets it for a while",
  "drop-declined-reservation": "it stays reserved for its host",
  "drop-abandon-limit": "it stays in use, since too many are out of use already",
};

/** Where the relay says that the client is (RFC 3046 sections 3.1 and 3.2): as text, or as octets where it is none. */
function lineOf(query: Query): { readonly circuitId?: string; readonly remoteId?: string } | undefined {
  if (query.giaddr === 0 || !query.has(OptionCode.relayAgentInformation)) return undefined;
  const circuitId = subOptionText(query, RelaySubOption.circuitId);
  const remoteId = subOptionText(query, RelaySubOption.remoteId);
  return { ...(circuitId !== "" && { circuitId }), ...(remoteId !== "" && { remoteId }) };
}

function subOptionText(query: Query, code: number): string {
  const octets = Uint8Array.from({ length: Math.max(0, query.relaySubOptionLength(code)) }, (_, i) =>
    query.relaySubOptionByte(code, i),
  );
  return isPrintable(octets) ? escapeOctets(octets) : formatHex(octets, ":");
}

/** Writes the lines. */
export class MessageLog {
  private readonly log: Logger;
  private readonly clock: Clock;
  private readonly bursts = new BurstFilter(BURST_MS);
  /** Lines that may be written now. */
  private credit = LOG_LINES_AT_ONCE;
  private creditedAt = Number.NEGATIVE_INFINITY;
  private isOpen = true;
  private leftOut = 0;
  private leftOutSince = Number.NEGATIVE_INFINITY;
  /** Names by ifindex, kept by the server. */
  interfaceNames: ReadonlyMap<number, string> = new Map();

  constructor(log: Logger, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Looks at the clock, for all lines until it is called again; to be called before each batch. */
  begin(): void {
    const now = this.clock.monotonic();
    if (now - this.creditedAt < CREDIT_MS) return;
    const earned = ((now - this.creditedAt) * LOG_LINES_PER_SECOND) / SECOND_MS;
    this.credit = Math.min(LOG_LINES_AT_ONCE, this.credit + earned);
    this.creditedAt = now;
    if (now - this.leftOutSince >= SECOND_MS) this.beginSecond(now);
  }

  /** A query and what was decided. */
  query(inquiry: Inquiry, decision: Decision): void {
    if (inquiry.query.messageType === MessageType.decline) this.conflict(inquiry, decision.reason);
    if (!this.mayWrite()) return;
    const { query, arrival } = inquiry;
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex);
    const type = messageTypeName(query.messageType);
    const isForOther = decision.reason === "drop-other-server";
    this.log.info(
      {
        event: "query",
        type,
        reason: decision.reason,
        hardware,
        xid: query.xid,
        via,
        receivedAt: formatIpv4(arrival.localAddress),
        from: formatIpv4(arrival.remoteAddress),
        ...(isForOther && { serverIdentifier: formatIpv4(query.serverId) }),
        ...lineOf(query),
      },
      `${type}${this.about(query.messageType, query.requestedAddress, query.ciaddr)} from ${hardware} via ${via}${isForOther ? ` for the server ${formatIpv4(query.serverId)}` : ""}`,
    );
  }

  /** A reply on its way: its octets in the arena and its row of columns (ReplyColumn) from `base` on. */
  reply(arena: Uint8Array, columns: Uint32Array, base: number): void {
    if (!this.mayWrite()) return;
    const offset = columns[base + ReplyColumn.offset] ?? 0;
    const messageType = messageTypeOf(columns[base + ReplyColumn.tag] ?? 0);
    const hlen = Math.min(arena[offset + HLEN_OFFSET] ?? 0, 16);
    const hardware = formatHex(arena.subarray(offset + CHADDR_OFFSET, offset + CHADDR_OFFSET + hlen), ":");
    const isAboutOther = isLeaseInformation(messageType as MessageType);
    const address = formatIpv4(getUint32(arena, offset + (isAboutOther ? CIADDR_OFFSET : YIADDR_OFFSET)));
    const via = this.via(getUint32(arena, offset + GIADDR_OFFSET), columns[base + ReplyColumn.ifindex] ?? 0);
    const type = messageType === MessageType.bootp ? "BOOTREPLY" : messageTypeName(messageType);
    this.log.info(
      {
        event: "reply",
        type,
        address,
        hardware,
        xid: getUint32(arena, offset + XID_OFFSET),
        via,
        source: formatIpv4(columns[base + ReplyColumn.source] ?? 0),
        to: formatIpv4(columns[base + ReplyColumn.destination] ?? 0),
        delivery: deliveryName((columns[base + ReplyColumn.delivery] ?? 0) as Delivery),
      },
      `${type} on ${address} to ${hardware} via ${via}`,
    );
  }

  /** A datagram that is no query, told once a burst. */
  fault(reason: string, arrival: Arrival): void {
    const suppressed = this.bursts.admit(reason, this.clock.monotonic());
    if (suppressed < 0) return;
    const from = formatIpv4(arrival.remoteAddress);
    const interfaceName = this.interfaceNames.get(arrival.ifindex) ?? String(arrival.ifindex);
    this.log.warn(
      { event: "fault", reason, from, interface: interfaceName, suppressed },
      `dropped a datagram: ${reason}`,
    );
  }

  /** A client has found that somebody else uses its address: the administrator has to know (RFC 2131 section 4.3.3). */
  private conflict({ query, arrival }: Inquiry, reason: Reason): void {
    const outcome = DECLINE_OUTCOMES[reason];
    if (outcome === undefined) return;
    // Those that are believed are few (ABANDONS_PER_MINUTE); the others can be anybody's.
    const suppressed = reason === "declined" ? 0 : this.bursts.admit(reason, this.clock.monotonic());
    if (suppressed < 0) return;
    const address = formatIpv4(query.requestedAddress);
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex);
    const says = escapeOctets((query.option(OptionCode.message) ?? NO_OCTETS).subarray(0, SAYING_OCTETS_MAX));
    this.log.warn(
      { event: "conflict", address, hardware, via, reason, suppressed, ...(says !== "" && { says }) },
      `${address}: ${hardware} says that somebody else uses it; ${outcome}`,
    );
  }

  private via(giaddr: number, ifindex: number): string {
    return giaddr !== 0 ? formatIpv4(giaddr) : (this.interfaceNames.get(ifindex) ?? "a routed network");
  }

  private about(messageType: number, requested: number, ciaddr: number): string {
    if (messageType === MessageType.request) return ` for ${formatIpv4(requested !== 0 ? requested : ciaddr)}`;
    if (messageType === MessageType.leaseQuery && ciaddr !== 0) return ` for ${formatIpv4(ciaddr)}`;
    if (messageType === MessageType.release) return ` of ${formatIpv4(ciaddr)}`;
    if (messageType === MessageType.decline) return ` on ${formatIpv4(requested)}`;
    return "";
  }

  private beginSecond(now: number): void {
    if (this.leftOut > 0) this.log.warn({ event: "log", leftOut: this.leftOut }, "message lines left out of the log");
    this.leftOut = 0;
    this.leftOutSince = now;
    this.isOpen = this.log.isLevelEnabled("info");
  }

  private mayWrite(): boolean {
    if (!this.isOpen) return false;
    if (this.credit < 1) {
      this.leftOut += 1;
      return false;
    }
    this.credit -= 1;
    return true;
  }
}
