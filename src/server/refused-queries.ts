// The clients that were refused or not answered last, and other servers that clients have chosen, for the status page:
// a bounded number of them, each with its last such message and how many there were. The facts are copied when the
// message is at hand; the words are the log's, and made when a user asks.

import { formatHex } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { CHOSEN_SERVERS_MAX, REFUSED_CLIENTS_MAX } from "../base/limits/server.ts";
import { escapeOctets } from "../base/text.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Reason } from "../engine/decision.ts";
import type { Exchange } from "../engine/exchange.ts";
import { MessageType, messageTypeName } from "../wire/message-type.ts";
import { type Told, tellQuery } from "./log/message-line.ts";
import type { MessageLog } from "./log/message-log.ts";
import { REASON_TEXTS } from "./log/reason-texts.ts";

/** A client that was refused, with its last such message. */
export interface RefusedClient {
  readonly hardware: string;
  readonly hostName: string;
  readonly since: EpochSeconds;
  readonly at: EpochSeconds;
  readonly count: number;
  readonly message: string;
  /** What it asked for or has; undefined where it named none. */
  readonly address: string | undefined;
  readonly via: string;
  readonly reason: Reason;
  readonly text: string;
}

/** Another server that clients on a link of this one have chosen; `client`: the last of them. */
export interface ChosenServer {
  readonly serverIdentifier: string;
  readonly via: string;
  readonly client: string;
  readonly at: EpochSeconds;
  readonly count: number;
}

interface Noted {
  readonly told: Told;
  readonly via: string;
  readonly since: EpochSeconds;
  readonly at: EpochSeconds;
  readonly count: number;
}

/** Outcomes that are no refusal of the client: it has to do with another server, or asks again in a moment. */
const NO_REFUSALS: ReadonlySet<Reason> = new Set<Reason>(["drop-other-server", "drop-already-pending"]);

/** See the head of this file. */
export class RefusedQueries {
  /** By hardware address, the client with the oldest refusal first. */
  private readonly clients = new Map<string, Noted>();
  /** By server identifier and interface, likewise. */
  private readonly servers = new Map<string, Noted>();

  /** Takes note of a query that has been decided. */
  note(exchange: Exchange, now: EpochSeconds, names: Pick<MessageLog, "via">): void {
    const { query, arrival, decision } = exchange;
    const { reason } = decision;
    if (reason === "drop-other-server") {
      // What a relay forwards may name the relay (RFC 5107).
      if (query.messageType !== MessageType.request || query.giaddr !== 0 || query.serverId === 0) return;
      put(this.servers, `${query.serverId} ${arrival.ifindex}`, CHOSEN_SERVERS_MAX, tellQuery(exchange), now, names);
    } else if ((reason.startsWith("nak-") || reason.startsWith("drop-")) && !NO_REFUSALS.has(reason)) {
      this.noteTold(tellQuery(exchange), now, names);
    }
  }

  /** Takes note of a query whose client gets nothing. */
  noteTold(told: Told, now: EpochSeconds, names: Pick<MessageLog, "via">): void {
    put(this.clients, formatHex(told.hardware, ":"), REFUSED_CLIENTS_MAX, told, now, names);
  }

  /** All of them, newest first. */
  describe(): { clients: RefusedClient[]; chosenServers: ChosenServer[] } {
    const clients = [...this.clients].reverse().map(([hardware, { told, via, since, at, count }]): RefusedClient => {
      const { messageType, reason = "drop-unexpected-type", address } = told;
      return {
        ...{ hardware, hostName: escapeOctets(told.name), since, at, count, message: messageTypeName(messageType) },
        ...{ address: address === 0 ? undefined : formatIpv4(address), via },
        ...{ reason, text: REASON_TEXTS[reason] },
      };
    });
    const chosenServers = [...this.servers.values()].reverse().map(({ told, via, at, count }): ChosenServer => {
      const client = formatHex(told.hardware, ":");
      return { serverIdentifier: formatIpv4(told.serverId), via, client, at, count };
    });
    return { clients, chosenServers };
  }
}

/** Puts it last, and forgets the first where there is one too many. */
function put(
  map: Map<string, Noted>,
  key: string,
  most: number,
  told: Told,
  at: EpochSeconds,
  names: Pick<MessageLog, "via">,
): void {
  const known = map.get(key);
  map.delete(key);
  if (map.size >= most) for (const [oldest] of map) if (map.delete(oldest)) break;
  const via = names.via(told.giaddr, told.ifindex, told.isRouted);
  map.set(key, { told, via, since: known?.since ?? at, at, count: (known?.count ?? 0) + 1 });
}
