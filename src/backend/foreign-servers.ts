// Other DHCP servers whose replies were seen: which, where, how often. Bounded: what does not fit is
// counted without a name. An object is made per server, nothing per reply.

import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { FOREIGN_SERVERS_MAX } from "../base/limits.ts";
import { MessageType } from "../wire/message-type.ts";

/** One server, as far as its replies tell. */
export interface ForeignServer {
  readonly source: Ipv4;
  /** Option 54; 0 if there is none. */
  readonly serverIdentifier: Ipv4;
  readonly ifindex: number;
  /** For BurstNotices. */
  readonly kind: string;
  offers: number;
  acks: number;
  naks: number;
}

/** The servers that were seen, and how many replies in all. */
export class ForeignServers {
  private readonly seen: ForeignServer[] = [];
  readonly total = { offers: 0, acks: 0, naks: 0 };

  /** Notes a reply; returns its server, or undefined if there is no room for one more, or it is no OFFER, ACK or NAK. */
  note(source: Ipv4, serverIdentifier: Ipv4, ifindex: number, type: number): ForeignServer | undefined {
    if (!isAnswer(type)) return undefined;
    count(this.total, type);
    const server = this.find(source, serverIdentifier, ifindex);
    if (server !== undefined) count(server, type);
    return server;
  }

  /** The servers, in the order they were seen first. */
  list(): readonly ForeignServer[] {
    return this.seen;
  }

  private find(source: Ipv4, serverIdentifier: Ipv4, ifindex: number): ForeignServer | undefined {
    for (const one of this.seen) {
      if (one.source === source && one.serverIdentifier === serverIdentifier && one.ifindex === ifindex) return one;
    }
    if (this.seen.length === FOREIGN_SERVERS_MAX) return undefined;
    const kind = `server ${formatIpv4(source)} ${formatIpv4(serverIdentifier)} ${ifindex}`;
    const added = { source, serverIdentifier, ifindex, kind, offers: 0, acks: 0, naks: 0 };
    this.seen.push(added);
    return added;
  }
}

function isAnswer(type: number): boolean {
  return type === MessageType.offer || type === MessageType.ack || type === MessageType.nak;
}

function count(counts: { offers: number; acks: number; naks: number }, type: number): void {
  if (type === MessageType.offer) counts.offers++;
  else if (type === MessageType.ack) counts.acks++;
  else counts.naks++;
}
