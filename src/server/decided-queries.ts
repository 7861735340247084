// Counters and log lines of decided queries, whatever happens to their replies.

import type { Backend } from "../backend/backend.ts";
import { formatHex } from "../base/bytes.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { Exchange } from "../engine/exchange.ts";
import { MessageType } from "../wire/message-type.ts";
import type { Counters } from "./counters.ts";
import { FullNetworks, type FullNetworksParts } from "./full-networks.ts";
import type { MessageLog } from "./log/message-log.ts";
import type { RefusedQueries } from "./refused-queries.ts";
import { RelayDoubles } from "./relay-doubles.ts";

/** What it needs. */
export interface DecidedQueriesParts extends FullNetworksParts {
  readonly backend: Pick<Backend, "noteOtherServer">;
  readonly counters: Counters;
  readonly messageLog: MessageLog;
  readonly refused: RefusedQueries | undefined;
}

/** Counts and logs decisions. */
export class DecidedQueries {
  private readonly parts: DecidedQueriesParts;
  private readonly fullNetworks: FullNetworks;
  private readonly relayDoubles: RelayDoubles;

  constructor(parts: DecidedQueriesParts) {
    this.parts = parts;
    this.fullNetworks = new FullNetworks(parts);
    this.relayDoubles = new RelayDoubles(parts.log);
  }

  /** Counts and logs the decision about a query, and warns of what an operator has to know. */
  tell(exchange: Exchange, now: EpochSeconds): void {
    const { counters, messageLog, refused } = this.parts;
    const { reason } = exchange.decision;
    if (reason === "drop-other-server") this.noteOtherServer(exchange);
    if (this.relayDoubles.isDouble(exchange.query, now)) counters.count("doubled-by-relay");
    counters.count(reason);
    if (reason === "drop-pool-empty") this.fullNetworks.refused(exchange.link);
    refused?.note(exchange, now, messageLog);
    messageLog.query(exchange);
  }

  /** A query has made our own code go wrong. */
  reportBug(error: unknown, bytes: Uint8Array): void {
    const { counters, log } = this.parts;
    counters.count("bug");
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error({ event: "bug", error: text, query: formatHex(bytes) }, "a query met a bug; it is dropped");
  }

  /** Forgets which networks are full: they may be others now. */
  clear(): void {
    this.fullNetworks.clear();
  }

  /** A client on a link of ours has chosen another server. What a relay forwards may name the relay (RFC 5107). */
  private noteOtherServer({ query, arrival }: Exchange): void {
    if (query.messageType !== MessageType.request || query.giaddr !== 0 || query.serverId === 0) return;
    this.parts.backend.noteOtherServer?.(query.serverId, arrival.ifindex);
  }
}
