// Queries that the server would refuse because of a lease in the table, in a cluster, where the table may be behind:
// the server reads the store and decides them again. Each waits as its own octets together with its arrival.

import type { Exchange } from "../engine/exchange.ts";
import type { LeaseStore } from "../store/store.ts";
import { WaitingQueries, type WaitingQuery } from "./waiting-queries.ts";

/** What it needs of the rest of the server. */
export interface ReadThroughPorts {
  readonly store: LeaseStore;
  /** The query is decided again. `isFresh`: the table has what the store has of its lease; false: the store could not be read. */
  onQuery(query: WaitingQuery, isFresh: boolean): void;
  /** All queries of a reading have been decided. */
  endTurn(): void;
}

/** See the head of this file. */
export class ReadThrough {
  private readonly ports: ReadThroughPorts;
  /** For the next reading. */
  private readonly waiting = new WaitingQueries();
  private isUnderWay = false;
  /** Those that the reading under way is for. */
  private asking: readonly WaitingQuery[] = [];

  constructor(ports: ReadThroughPorts) {
    this.ports = ports;
  }

  /** Keeps the query of an exchange for the next reading; false if there is no room, or it has waited too often. */
  put(exchange: Exchange): boolean {
    if (this.waiting.count >= this.ports.store.changesMax) return false;
    return this.waiting.put(exchange, exchange.decision.slot);
  }

  /** Reads for all that have come since the last reading began, unless one is under way. */
  start(): void {
    if (this.isUnderWay || this.waiting.count === 0) return;
    this.asking = this.waiting.takeAll();
    this.isUnderWay = true;
    this.ports.store.refresh([...new Set(this.asking.map(({ slot }) => slot))], this.onRefreshed);
  }

  /** Gives up all: the clients ask again, and the table may be replaced. */
  clear(): void {
    this.waiting.takeAll();
    this.asking = [];
  }

  private readonly onRefreshed = (isFresh: boolean): void => {
    const { ports, asking } = this;
    this.isUnderWay = false;
    this.asking = [];
    for (const query of asking) ports.onQuery(query, isFresh);
    ports.endTurn();
  };
}
