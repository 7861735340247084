// One log line for each DHCP message, in dhcpd(8)'s words and with stable fields: the client, what it asked for, and
// why it got nothing; and one for each reply, once the server knows whether it has left. A line costs several times as
// much as its message. So lines are made a moment later, a few at a time, and no reply waits for them; and a flood is
// cut to a bounded number of lines, spread over the second. DISCOVERs and OFFERs, which any host can make up, get
// fewer. The log says how many were left out.

import { BurstFilter } from "../../base/burst-filter.ts";
import { formatHex, NO_OCTETS } from "../../base/bytes.ts";
import { formatIpv4 } from "../../base/ipv4.ts";
import { ABANDONED_SHARE_MAX, ABANDONS_PER_MINUTE, ABANDONS_PER_MINUTE_OF_CLIENT } from "../../base/limits/engine.ts";
import {
  LOG_DISCOVER_LINES_AT_ONCE,
  LOG_DISCOVER_LINES_PER_SECOND,
  LOG_LINES_AT_ONCE,
  LOG_LINES_DELAY_MS,
  LOG_LINES_PER_SECOND,
  LOG_LINES_PER_TURN,
} from "../../base/limits/log.ts";
import { emptyList } from "../../base/shapes.ts";
import { escapeOctets } from "../../base/text.ts";
import type { Clock } from "../../base/time.ts";
import type { Reason } from "../../engine/decision.ts";
import type { Exchange } from "../../engine/exchange.ts";
import type { Logger } from "../../log.ts";
import type { ReplyRows } from "../../native/rows.ts";
import type { Arrival } from "../../wire/arrival.ts";
import type { Delivery } from "../../wire/delivery.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode, optionByCode } from "../../wire/options/option-code.ts";
import {
  type Fields,
  faultText,
  putRelayPort,
  queryLine,
  ROUTED,
  replyLine,
  type Told,
  tellQuery,
  tellReply,
} from "./message-line.ts";

const BURST_MS = 10_000;
const DECLINES_MS = 60_000;
const SECOND_MS = 1000;
/** Lines are allowed for so long at a time: single ones would cost more, with everything else between them. */
const CREDIT_MS = 20;
/** The log shows so much of a client's text. */
const SAYING_OCTETS_MAX = 100;

/** The result of a DHCPDECLINE by a client that has the address. */
const DECLINE_OUTCOMES: Partial<Record<Reason, string>> = {
  declined: "no client is offered it for ten minutes at least",
  "drop-declined-reservation": "it stays reserved for this client",
  "drop-abandon-limit": "it may be offered again",
};

/** A holder has as many leases as it may: which holder, and by which statement. */
const LIMITS: Partial<Record<Reason, readonly [string, string]>> = {
  "drop-hardware-limit": ["its hardware address", "hardware-lease-limit"],
  "drop-relay-port-limit": ["its port of the relay", "relay-port-lease-limit"],
  "drop-interface-limit": ["the interface", "interface-lease-limit"],
};

/** Why a declined address is not taken out of use, and what to do. */
function whyOfferedAgain({ isAdmitted, decision: { counted, limit } }: Exchange): string {
  if (counted < limit && !isAdmitted)
    return `, because ${ABANDONS_PER_MINUTE_OF_CLIENT} addresses were declined within a minute by this client or behind its relay port, or ${ABANDONS_PER_MINUTE} on its network: find the host that answers for them`;
  const share = Math.round(ABANDONED_SHARE_MAX * 100);
  return `, because ${counted} addresses of the pool are abandoned already and clients may have no more than ${share} % of it: find the host that answers for them (anydhcpctl leases --state abandoned), then anydhcpctl forgive ADDRESS`;
}

/** Lines that may be written: so many at once, and a second. */
class LineBudget {
  private readonly most: number;
  private readonly perSecond: number;
  /** One number, in an array because whole and broken numbers in a field are two kinds to the compiler. */
  private readonly credit: Float64Array;

  constructor(most: number, perSecond: number) {
    this.most = most;
    this.perSecond = perSecond;
    this.credit = Float64Array.of(most);
  }

  private get left(): number {
    return this.credit[0] ?? 0;
  }

  /** So many milliseconds have passed. */
  earn(ms: number): void {
    this.credit[0] = Math.min(this.most, this.left + (ms * this.perSecond) / SECOND_MS);
  }

  /** Takes a line; false if there is none left. */
  take(): boolean {
    const { left } = this;
    if (left < 1) return false;
    this.credit[0] = left - 1;
    return true;
  }
}

/** Writes the lines. */
export class MessageLog {
  private readonly log: Logger;
  private readonly clock: Clock;
  private readonly bursts = new BurstFilter(BURST_MS);
  /** A client that declines what it is offered may do so every few seconds for as long as it lives. */
  private readonly declines = new BurstFilter(DECLINES_MS);
  private readonly lines = new LineBudget(LOG_LINES_AT_ONCE, LOG_LINES_PER_SECOND);
  /** For DISCOVERs and OFFERs. */
  private readonly discoverLines = new LineBudget(LOG_DISCOVER_LINES_AT_ONCE, LOG_DISCOVER_LINES_PER_SECOND);
  private creditedAt = Number.NEGATIVE_INFINITY;
  private isOpen = true;
  private leftOut = 0;
  private leftOutSince = Number.NEGATIVE_INFINITY;
  /** Lines to be written, as many as LOG_LINES_AT_ONCE and a moment's more, and the timer that does it. */
  private readonly waiting = emptyList<Told>();
  private timer: NodeJS.Timeout | undefined;
  /** Names by ifindex, kept by the server. */
  interfaceNames: ReadonlyMap<number, string> = new Map();

  constructor(log: Logger, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Looks at the clock, for all lines until it is called again; to be called before each batch. */
  readClock(): void {
    const now = this.clock.monotonic();
    if (now - this.creditedAt < CREDIT_MS) return;
    this.lines.earn(now - this.creditedAt);
    this.discoverLines.earn(now - this.creditedAt);
    this.creditedAt = now;
    if (now - this.leftOutSince >= SECOND_MS) this.beginSecond(now);
  }

  /** A query and its decision. */
  query(exchange: Exchange): void {
    const { messageType } = exchange.query;
    const { reason } = exchange.decision;
    if (messageType === MessageType.decline) this.conflict(exchange, reason);
    // A client that has reached a limit gets no reply; looking a text up in vain for each one that does takes time.
    const limit = exchange.decision.hasReply ? undefined : LIMITS[reason];
    if (limit !== undefined) this.limited(exchange, reason, limit);
    if (!this.mayWrite(messageType)) return;
    this.later(tellQuery(exchange));
  }

  /** What to write of a reply that has just been made, once it has left (`sent`); undefined: nothing. */
  reply(exchange: Exchange): object | undefined {
    return this.mayWrite(exchange.decision.reply.messageType) ? tellReply(exchange) : undefined;
  }

  /** A reply has left or not: its row says how. `line` is what `reply` returned for it. */
  sent(line: object, rows: ReplyRows, row: number): void {
    const told = line as Told;
    told.local = rows.source(row);
    told.remote = rows.destination(row);
    told.delivery = rows.delivery(row) as Delivery;
    told.errno = rows.result(row);
    this.later(told);
  }

  /**
   * A firewall set holds a reply back: `line` is what `reply` returned for it. Returns the facts of its query for the
   * log.
   */
  heldBack(line: object, set: string): Told {
    const told = line as Told;
    told.holder = set;
    this.later(told);
    return { ...told, messageType: told.queryType, reason: "drop-firewall" };
  }

  /** Writes the lines that wait. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const told of this.waiting.splice(0)) this.write(told);
  }

  /** Forgets the lines that wait. */
  discard(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting.length = 0;
  }

  /** A line costs more than the message: it is made when the replies of this moment have left. */
  private later(told: Told): void {
    this.waiting.push(told);
    this.timer ??= setTimeout(() => this.writeSome(), LOG_LINES_DELAY_MS);
  }

  private writeSome(): void {
    for (const told of this.waiting.splice(0, LOG_LINES_PER_TURN)) this.write(told);
    this.timer = this.waiting.length === 0 ? undefined : setTimeout(() => this.writeSome(), 1);
  }

  private write(told: Told): void {
    const via = this.via(told.giaddr, told.ifindex, told.isRouted);
    const { fields, text } = told.reason === undefined ? replyLine(told, via) : queryLine(told, told.reason, via);
    // A client that gets nothing for this is for the administrator to know.
    if (told.errno === 0 && told.holder === "") this.log.info(fields, text);
    else this.log.warn(fields, text);
  }

  /** A datagram that is no query, logged once a burst. */
  fault(reason: string, arrival: Arrival): void {
    const suppressed = this.bursts.admit(reason, this.clock.monotonic());
    if (suppressed < 0) return;
    const from = formatIpv4(arrival.remoteAddress);
    const interfaceName = this.interfaceNames.get(arrival.ifindex) ?? String(arrival.ifindex);
    this.log.warn({ event: "fault", reason, from, interface: interfaceName, suppressed }, faultText(reason));
  }

  /** A reply of `octets` octets has no room for the options that `codes` gives, logged once a burst. */
  optionsLeftOut({ query, arrival, isRouted }: Exchange, codes: () => readonly number[], octets: number): void {
    const suppressed = this.bursts.admit("option-left-out", this.clock.monotonic());
    if (suppressed < 0) return;
    const options = codes().map((code) => `${optionByCode(code).name} (${code})`);
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex, isRouted);
    const [what, lack] = options.length === 1 ? ["option", "it"] : ["options", "them"];
    this.log.warn(
      { event: "option-left-out", options, hardware, via, octets, suppressed },
      `the reply to ${hardware} via ${via} has no room for ${what} ${options.join(", ")}: the client does without ${lack}`,
    );
  }

  /** A client has found that somebody else uses its address: the administrator has to know (RFC 2131 section 4.3.3). */
  private conflict(exchange: Exchange, reason: Reason): void {
    const { query, arrival, isRouted } = exchange;
    const outcome = DECLINE_OUTCOMES[reason];
    if (outcome === undefined) return;
    // Those that are believed are few (ABANDONS_PER_MINUTE); the others can be anybody's.
    const suppressed = reason === "declined" ? 0 : this.declines.admit(reason, this.clock.monotonic());
    if (suppressed < 0) return;
    const address = formatIpv4(query.requestedAddress);
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex, isRouted);
    const says = escapeOctets((query.option(OptionCode.message) ?? NO_OCTETS).subarray(0, SAYING_OCTETS_MAX));
    this.log.warn(
      { event: "conflict", address, hardware, via, reason, suppressed, ...(says !== "" && { says }) },
      `${address} was declined by ${hardware}: another host uses it; ${outcome}${reason === "drop-abandon-limit" ? whyOfferedAgain(exchange) : ""}`,
    );
  }

  /**
   * A client gets no lease because a holder that it shares, or it itself, has as many as it may, logged once a burst.
   */
  private limited(exchange: Exchange, reason: Reason, [who, statement]: readonly [string, string]): void {
    const suppressed = this.bursts.admit(reason, this.clock.monotonic());
    if (suppressed < 0) return;
    const { query, arrival, isRouted, decision } = exchange;
    const { counted, limit } = decision;
    const hardware = formatHex(query.chaddr.subarray(0, query.hlen), ":");
    const via = this.via(query.giaddr, arrival.ifindex, isRouted);
    const fields: Fields = { event: "lease-limit", reason, hardware, via };
    putRelayPort(fields, tellQuery(exchange));
    this.log.warn(
      Object.assign(fields, { leases: counted, limit, suppressed }),
      counted === 0
        ? `${hardware} via ${via} gets no lease: it does not show ${who}, and ${statement} is ${limit}`
        : `${hardware} via ${via} gets no lease: ${who} has ${counted} already, and ${statement} is ${limit}`,
    );
  }

  /** The relay, or the interface that the message came in by; of a client that a router has between it and us, just that. */
  via(giaddr: number, ifindex: number, isRouted: boolean): string {
    if (giaddr !== 0) return formatIpv4(giaddr);
    return isRouted ? ROUTED : this.nameOf(ifindex);
  }

  private nameOf(ifindex: number): string {
    return this.interfaceNames.get(ifindex) ?? `interface ${ifindex}`;
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
