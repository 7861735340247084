// Other DHCP servers, by the replies that were seen and by the clients that chose them: which, where, how often. A
// server that answers by unicast behind a bridge shows in its clients' broadcast DHCPREQUESTs only. Bounded: servers
// that do not fit are counted without a name. An object is made per server, nothing per message.

import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { FOREIGN_SERVERS_MAX } from "../../base/limits/backend.ts";
import { MessageType } from "../../wire/message-type.ts";

/** One server, as far as its replies and its clients tell. */
export interface ForeignServer {
  /** 0 while none of its replies was seen. */
  source: Ipv4;
  /** Option 54; 0 if there is none. */
  readonly serverIdentifier: Ipv4;
  readonly ifindex: number;
  /** For BurstNotices. */
  readonly kind: string;
  offers: number;
  acks: number;
  naks: number;
  /** DHCPREQUESTs of clients that chose it. */
  requests: number;
}

/** The servers that were seen, and how many replies in all. */
export class ForeignServers {
  private readonly seen: ForeignServer[] = [];
  readonly total = { offers: 0, acks: 0, naks: 0, requests: 0 };

  /** Notes a reply; returns its server, or undefined if there is no room for one more, or it is no OFFER, ACK or NAK. */
  serverOfReply(source: Ipv4, serverIdentifier: Ipv4, ifindex: number, type: number): ForeignServer | undefined {
    if (!isAnswer(type)) return undefined;
    count(this.total, type);
    const server = this.serverOf(source, serverIdentifier, ifindex);
    if (server !== undefined) count(server, type);
    return server;
  }

  /** Notes a DHCPREQUEST that names this server; returns it, or undefined if there is no room for one more. */
  noteRequest(serverIdentifier: Ipv4, ifindex: number): ForeignServer | undefined {
    this.total.requests++;
    const known = this.seen.find((one) => one.serverIdentifier === serverIdentifier && one.ifindex === ifindex);
    const server = known ?? this.add(0, serverIdentifier, ifindex);
    if (server !== undefined) server.requests++;
    return server;
  }

  /** The servers, in the order they were seen first. */
  list(): readonly ForeignServer[] {
    return this.seen;
  }

  private serverOf(source: Ipv4, serverIdentifier: Ipv4, ifindex: number): ForeignServer | undefined {
    for (const one of this.seen) {
      if (one.serverIdentifier !== serverIdentifier || one.ifindex !== ifindex) continue;
      // Known from its clients alone so far.
      if (one.offers + one.acks + one.naks === 0) one.source = source;
      if (one.source === source) return one;
    }
    return this.add(source, serverIdentifier, ifindex);
  }

  private add(source: Ipv4, serverIdentifier: Ipv4, ifindex: number): ForeignServer | undefined {
    if (this.seen.length === FOREIGN_SERVERS_MAX) return undefined;
    const kind = `server ${formatIpv4(source)} ${formatIpv4(serverIdentifier)} ${ifindex}`;
    const added = { source, serverIdentifier, ifindex, kind, offers: 0, acks: 0, naks: 0, requests: 0 };
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
