// One log line for each DHCP message, in dhcpd(8)'s words and with stable fields: who asked, what for, and why it got
// nothing; and each reply once it is known whether it has left. A flood is cut to a bounded number of lines, spread over
// the second: a line costs several times what the message does that it tells of, and a thousand of them in a row would
// keep every client waiting. DISCOVERs and OFFERs, which anybody can make up, get fewer. The log says how many were left out.

import { sendFailureText } from "../backend/send-failures.ts";
import { formatHex } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import {
  LOG_DISCOVER_LINES_AT_ONCE,
  LOG_DISCOVER_LINES_PER_SECOND,
  LOG_LINES_AT_ONCE,
  LOG_LINES_PER_SECOND,
} from "../base/limits.ts";
import { escapeOctets, isPrintable } from "../base/text.ts";
import type { Clock } from "../base/time.ts";
import type { Decision, Reason } from "../engine/decision.ts";
import type { Inquiry } from "../engine/state.ts";
import type { Logger } from "../log.ts";
import { ReplyColumn } from "../native.ts";
import type { Arrival } from "../wire/arrival.ts";
import { type Delivery, deliveryName } from "../wire/delivery.ts";
import { isLeaseInformation, MessageType, messageTypeName } from "../wire/message-type.ts";
import { OptionCode, optionByCode } from "../wire/option-code.ts";
import type { Query } from "../wire/query.ts";
import { RelaySubOption } from "../wire/relay-agent.ts";
import { BurstFilter } from "./counters.ts";
import { REASON_TEXTS } from "./reason-texts.ts";

const BURST_MS = 10_000;
const SECOND_MS = 1000;
/** Lines are allowed for so long at a time: single ones would cost more, with everything else between them. */
const CREDIT_MS = 20;
/** Of what a client says in words, so much is told. */
const SAYING_OCTETS_MAX = 100;
/** Of a client's host name, so much: a label has 63 octets at most. */
const NAME_OCTETS_MAX = 64;
const NO_OCTETS = new Uint8Array(0);

/** What comes of a DHCPDECLINE by somebody who has the address. */
const DECLINE_OUTCOMES: Partial<Record<Reason, string>> = {
  declined: "it is offered to nobody for ten minutes at least",
  "drop-declined-reservation": "it stays reserved for this client",
  "drop-abandon-limit": "it stays in use, because too many addresses are out of use already",
};

/** A reply's line, which is written when the reply has left. */
interface ReplyLine {
  readonly fields: Record<string, unknown>;
  readonly text: string;
}

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

/** Whom a message is about: fields for the log, empty ones left out, and the same behind a hardware address. */
function whoIs(query: Query, decision: Decision): { fields: Record<string, string>; text: string } {
  const name = escapeOctets((query.option(OptionCode.hostName) ?? NO_OCTETS).subarray(0, NAME_OCTETS_MAX));
  const host = decision.host?.name ?? "";
  const { subnet } = decision;
  const fields: Record<string, string> = {};
  if (name !== "") fields["hostName"] = name;
  if (host !== "") fields["host"] = host;
  if (subnet !== undefined) fields["subnet"] = `${formatIpv4(subnet.network)}/${subnet.prefixLength}`;
  const names = [name, host !== "" && host !== name ? `host ${host}` : ""].filter((text) => text !== "");
  return { fields, text: names.length === 0 ? "" : ` (${names.join(", ")})` };
}

/** Lines that may be written: so many at once, and a second. */
class LineBudget {
  private readonly most: number;
  private readonly perSecond: number;
  private credit: number;

  constructor(most: number, perSecond: number) {
    this.most = most;
    this.perSecond = perSecond;
    this.credit = most;
  }

  /** So many milliseconds have passed. */
  earn(ms: number): void {
    this.credit = Math.min(this.most, this.credit + (ms * this.perSecond) / SECOND_MS);
  }

  /** Takes a line; false if there is none left. */
  take(): boolean {
    if (this.credit < 1) return false;
    this.credit -= 1;
    return true;
  }
}

/** Writes the lines. */
export class MessageLog {
  private readonly log: Logger;
  private readonly clock: Clock;
  private readonly bursts = new BurstFilter(BURST_MS);
  private readonly lines = new LineBudget(LOG_LINES_AT_ONCE, LOG_LINES_PER_SECOND);
  /** For DISCOVERs and OFFERs. */
  private readonly discoverLines = new LineBudget(LOG_DISCOVER_LINES_AT_ONCE, LOG_DISCOVER_LINES_PER_SECOND);
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
    this.lines.earn(now - this.creditedAt);
    this.discoverLines.earn(now - this.creditedAt);
    this.creditedAt = now;
    if (now - this.leftOutSince >= SECOND_MS) this.beginSecond(now);
  }

  /** A query and what was decided. */
  query(inquiry: Inquiry, decision: Decision): void {
    if (inquiry.query.messageType === MessageType.decline) this.conflict(inquiry, decision.reason);
    if (!this.mayWrite(inquiry.query.messageType)) return;
    const { query, arrival } = inquiry;
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex);
    const type = messageTypeName(query.messageType);
    const isForOther = decision.reason === "drop-other-server";
    const who = whoIs(query, decision);
    const from = hardware === "" ? "" : ` from ${hardware}${who.text}`;
    const why = isForOther ? `it is for the server ${formatIpv4(query.serverId)}` : REASON_TEXTS[decision.reason];
    this.log.info(
      {
        event: "query",
        type,
        reason: decision.reason,
        hardware,
        ...who.fields,
        xid: query.xid,
        via,
        receivedAt: formatIpv4(arrival.localAddress),
        from: formatIpv4(arrival.remoteAddress),
        ...(isForOther && { serverIdentifier: formatIpv4(query.serverId) }),
        ...lineOf(query),
      },
      `${type}${this.about(query)}${from} via ${via}${why === "" ? "" : `: ${why}`}`,
    );
  }

  /** What to write of a reply that has just been made, once it has left (`sent`); undefined: nothing. */
  reply({ query, arrival }: Inquiry, decision: Decision): object | undefined {
    const { messageType } = decision.reply;
    if (!this.mayWrite(messageType)) return undefined;
    const type = messageType === MessageType.bootp ? "BOOTREPLY" : messageTypeName(messageType);
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex);
    const address = formatIpv4(addressOf(query, decision));
    const who = whoIs(query, decision);
    const to = hardware === "" ? "" : ` to ${hardware}${who.text}`;
    const line: ReplyLine = {
      fields: { event: "reply", type, address, hardware, ...who.fields, xid: query.xid, via },
      text: `${type} on ${address}${to} via ${via}`,
    };
    return line;
  }

  /** A reply has left or not: the row of columns (ReplyColumn) from `base` on says how. `line` is what `reply` returned for it. */
  sent(line: object, columns: Uint32Array, base: number): void {
    const { fields, text } = line as ReplyLine;
    fields["source"] = formatIpv4(columns[base + ReplyColumn.source] ?? 0);
    fields["to"] = formatIpv4(columns[base + ReplyColumn.destination] ?? 0);
    fields["delivery"] = deliveryName((columns[base + ReplyColumn.delivery] ?? 0) as Delivery);
    const errno = columns[base + ReplyColumn.result] ?? 0;
    if (errno === 0) return this.log.info(fields, text);
    fields["failure"] = sendFailureText(errno);
    this.log.info(fields, `${text} was not sent: ${sendFailureText(errno)}`);
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

  /** A reply of `octets` octets has no room for the options that `codes` gives, told once a burst. */
  optionsLeftOut({ query, arrival }: Inquiry, codes: () => readonly number[], octets: number): void {
    const suppressed = this.bursts.admit("option-left-out", this.clock.monotonic());
    if (suppressed < 0) return;
    const options = codes().map((code) => `${optionByCode(code).name} (${code})`);
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex);
    const what = options.length === 1 ? "option" : "options";
    this.log.warn(
      { event: "option-left-out", options, hardware, via, octets, suppressed },
      `the reply to ${hardware} via ${via} has no room for ${what} ${options.join(", ")}: the client does not get what is in them`,
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
      `${address} was declined by ${hardware}: another host uses it; ${outcome}`,
    );
  }

  private via(giaddr: number, ifindex: number): string {
    return giaddr !== 0 ? formatIpv4(giaddr) : (this.interfaceNames.get(ifindex) ?? "a routed network");
  }

  private about({ messageType, requestedAddress, ciaddr }: Query): string {
    if (messageType === MessageType.request)
      return ` for ${formatIpv4(requestedAddress !== 0 ? requestedAddress : ciaddr)}`;
    if (messageType === MessageType.leaseQuery && ciaddr !== 0) return ` for ${formatIpv4(ciaddr)}`;
    if (messageType === MessageType.release) return ` of ${formatIpv4(ciaddr)}`;
    if (messageType === MessageType.decline) return ` on ${formatIpv4(requestedAddress)}`;
    return "";
  }

  private beginSecond(now: number): void {
    if (this.leftOut > 0) {
      const text = `${this.leftOut} lines about DHCP messages were left out: more came than the log takes in a second`;
      this.log.warn({ event: "log", leftOut: this.leftOut }, text);
    }
    this.leftOut = 0;
    this.leftOutSince = now;
    this.isOpen = this.log.isLevelEnabled("info");
  }

  private mayWrite(messageType: number): boolean {
    if (!this.isOpen) return false;
    const isDiscover = messageType === MessageType.discover || messageType === MessageType.offer;
    if ((!isDiscover || this.discoverLines.take()) && this.lines.take()) return true;
    this.leftOut += 1;
    return false;
  }
}

/** The address that a reply is about: the client's, or the one that it was refused. */
function addressOf({ ciaddr, requestedAddress }: Query, { reply }: Decision): number {
  if (isLeaseInformation(reply.messageType as MessageType)) return reply.ciaddr;
  if (reply.yiaddr !== 0) return reply.yiaddr;
  return ciaddr !== 0 ? ciaddr : requestedAddress;
}
