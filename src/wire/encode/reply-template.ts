// The options of replies that differ in a few numbers only. Clients of one scope that ask for the same
// options in the same order get the same octets, but for their own client identifier, for the lease time
// with T1 and T2, and for the relay's option 82 behind them all. So what reply-options.ts has written
// once is kept, and the next such reply is a copy with the numbers put in.
//
// Only for plain OFFERs and ACKs: all options fit into the options field, and no value comes from the query but the
// client identifier.

import { getUint8, NO_OCTETS, putUint32 } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { REPLY_TEMPLATE_OCTETS_MAX, REPLY_TEMPLATES_MAX } from "../../base/limits/wire.ts";
import { FILE_OCTETS } from "../layout.ts";
import { MessageType } from "../message-type.ts";
import { OptionCode } from "../options/option-code.ts";
import type { Query } from "../query.ts";

const NOWHERE = -1;
const PIECE_OCTETS_MAX = 255;
const HEADER_OCTETS = 2;

/** Times as a reply says them, in seconds; -1: not said. */
export interface LeaseTimes {
  lease: number;
  renewal: number;
  rebinding: number;
}

/** What templates look at in a reply; a Reply has it. */
export interface PlainReply {
  readonly messageType: MessageType;
  readonly serverId: Ipv4;
  readonly subnetMask: Ipv4;
  readonly echoClientId: boolean;
  readonly message: Uint8Array;
  readonly hostName: Uint8Array;
  readonly clientName: Uint8Array;
  readonly fileName: Uint8Array;
  readonly rapidCommit: boolean;
  readonly routerIsLease: boolean;
  readonly subnetSelection: Ipv4;
}

/** What has to be equal, and the octets. Positions count from the first option; those behind the client identifier as if it were not there. */
class Template {
  messageType = 0;
  serverId = 0;
  subnetMask = 0;
  padsText = false;
  hasClientId = false;
  saysTimes = false;
  saysRenewal = false;
  /** The client's request list. */
  list = NO_OCTETS;
  octets = NO_OCTETS;
  leaseAt = NOWHERE;
  renewalAt = NOWHERE;
  rebindingAt = NOWHERE;
  clientIdAt = NOWHERE;
}

/** Whether a reply to a query has nothing but what templates know. */
export function isPlainReply(query: Query, reply: PlainReply): boolean {
  return (
    (reply.messageType === MessageType.offer || reply.messageType === MessageType.ack) &&
    reply.message.length === 0 &&
    reply.hostName.length === 0 &&
    reply.clientName.length === 0 &&
    reply.fileName.length < FILE_OCTETS &&
    !reply.rapidCommit &&
    !reply.routerIsLease &&
    reply.subnetSelection === 0 &&
    !query.has(OptionCode.clientMachineId) &&
    !query.has(OptionCode.autoConfigure)
  );
}

/** The templates of one set of configured options. */
export class ReplyTemplates {
  private readonly templates: Template[] = [];
  private replaced = 0;

  /**
   * Writes the options of a plain reply at `at`, so that they end at `end` at the latest; returns where they
   * end, without END, or -1 where there is no such template or no room.
   */
  write(
    query: Query,
    reply: PlainReply,
    times: LeaseTimes,
    padsText: boolean,
    target: Uint8Array,
    at: number,
    end: number,
  ): number {
    const template = this.templateFor(query, reply, times, padsText);
    if (template === undefined) return NOWHERE;
    const { octets, clientIdAt } = template;
    const { length } = octets;
    const idLength = template.hasClientId ? query.optionLength(OptionCode.clientId) : 0;
    const idOctets = template.hasClientId ? HEADER_OCTETS + idLength : 0;
    if (idLength > PIECE_OCTETS_MAX || at + length + idOctets > end) return NOWHERE;
    const before = template.hasClientId ? clientIdAt : length;
    for (let i = 0; i < before; i++) target[at + i] = octets[i] as number;
    if (template.hasClientId) {
      target[at + before] = OptionCode.clientId;
      target[at + before + 1] = idLength;
      query.copyOption(OptionCode.clientId, target, at + before + HEADER_OCTETS);
    }
    for (let i = before; i < length; i++) target[at + idOctets + i] = octets[i] as number;
    if (template.leaseAt >= 0) putUint32(target, positionIn(template, template.leaseAt, at, idOctets), times.lease);
    if (template.renewalAt >= 0)
      putUint32(target, positionIn(template, template.renewalAt, at, idOctets), times.renewal);
    if (template.rebindingAt >= 0) {
      putUint32(target, positionIn(template, template.rebindingAt, at, idOctets), times.rebinding);
    }
    return at + length + idOctets;
  }

  /** Keeps the options of a plain reply that stand, each in one piece, in `octets` from `from` to `end`. */
  addTemplate(
    query: Query,
    reply: PlainReply,
    times: LeaseTimes,
    padsText: boolean,
    octets: Uint8Array,
    from: number,
    end: number,
  ): void {
    const listLength = Math.max(0, query.optionLength(OptionCode.requestList));
    if (end - from > REPLY_TEMPLATE_OCTETS_MAX || listLength > PIECE_OCTETS_MAX) return;
    const template = new Template();
    template.messageType = reply.messageType;
    template.serverId = reply.serverId;
    template.subnetMask = reply.subnetMask;
    template.padsText = padsText;
    template.saysTimes = times.lease >= 0;
    template.saysRenewal = times.renewal >= 0;
    template.hasClientId = echoesClientId(query, reply);
    template.list = new Uint8Array(listLength);
    query.copyOption(OptionCode.requestList, template.list, 0);
    if (!takeOctets(template, octets, from, end)) return;
    if (this.templates.length < REPLY_TEMPLATES_MAX) return void this.templates.push(template);
    this.templates[this.replaced] = template;
    this.replaced = (this.replaced + 1) % REPLY_TEMPLATES_MAX;
  }

  private templateFor(query: Query, reply: PlainReply, times: LeaseTimes, padsText: boolean): Template | undefined {
    const { templates } = this;
    const listLength = Math.max(0, query.optionLength(OptionCode.requestList));
    const hasClientId = echoesClientId(query, reply);
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i] as Template;
      if (
        template.messageType === reply.messageType &&
        template.list.length === listLength &&
        template.serverId === reply.serverId &&
        template.hasClientId === hasClientId &&
        template.subnetMask === reply.subnetMask &&
        template.padsText === padsText &&
        template.saysTimes === times.lease >= 0 &&
        template.saysRenewal === times.renewal >= 0 &&
        query.isOption(OptionCode.requestList, template.list, listLength)
      ) {
        return template;
      }
    }
    return undefined;
  }
}

function echoesClientId(query: Query, reply: PlainReply): boolean {
  return reply.echoClientId && query.optionLength(OptionCode.clientId) > 0;
}

function positionIn(template: Template, position: number, at: number, idOctets: number): number {
  return at + position + (template.hasClientId && position >= template.clientIdAt ? idOctets : 0);
}

/** Takes the options over, without the client identifier; false if one of those to be put in is not there once, in one piece. */
function takeOctets(template: Template, octets: Uint8Array, from: number, end: number): boolean {
  const kept = new Uint8Array(end - from);
  let length = 0;
  let at = from;
  while (at < end) {
    const code = getUint8(octets, at);
    const size = code === OptionCode.pad ? 1 : HEADER_OCTETS + getUint8(octets, at + 1);
    if (code === OptionCode.clientId) {
      if (template.clientIdAt !== NOWHERE) return false;
      template.clientIdAt = length;
      at += size;
      continue;
    }
    if (code === OptionCode.leaseTime) template.leaseAt = length + HEADER_OCTETS;
    if (code === OptionCode.renewalTime) template.renewalAt = length + HEADER_OCTETS;
    if (code === OptionCode.rebindingTime) template.rebindingAt = length + HEADER_OCTETS;
    for (let i = 0; i < size; i++) kept[length + i] = getUint8(octets, at + i);
    length += size;
    at += size;
  }
  template.octets = kept.slice(0, length);
  return (
    at === end &&
    (template.clientIdAt !== NOWHERE) === template.hasClientId &&
    (template.leaseAt !== NOWHERE) === template.saysTimes &&
    (template.renewalAt !== NOWHERE) === template.saysRenewal &&
    (template.rebindingAt !== NOWHERE) === template.saysRenewal
  );
}
