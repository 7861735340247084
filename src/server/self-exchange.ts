// An exchange of the server with itself, for its health: a made-up query (wire/self-query.ts) goes to each listening
// address, comes in by the sockets, passes the stages of an exchange, and its reply leaves and comes in again. The
// server looks for no lease, and stores, counts and logs nothing. If a host does not hear itself, the query passes the
// stages alone.

import { randomBytes } from "node:crypto";
import type { Backend } from "../backend/backend.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { SELF_EXCHANGE_MS, SELF_QUERY_REPEAT_MS } from "../base/limits/control.ts";
import type { Clock } from "../base/time.ts";
import type { Config } from "../config/model/model.ts";
import { decide } from "../engine/decide.ts";
import { Exchange, Origin, receive } from "../engine/exchange.ts";
import { identify } from "../engine/identify.ts";
import { locate } from "../engine/locate/locate.ts";
import type { Serving } from "../engine/serving.ts";
import { type Arrival, ArrivalSlot } from "../wire/arrival.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import { Delivery } from "../wire/delivery.ts";
import { BOOTREPLY, BOOTREQUEST, CHADDR_OCTETS, SERVER_PORT } from "../wire/layout.ts";
import { makeSelfQuery, selfOperation } from "../wire/self-query.ts";
import { encode } from "./encode.ts";
import type { Pipeline } from "./pipeline.ts";

/** What came of it. The lists have addresses. */
export interface SelfExchangeResult {
  /** The query was answered, or has come in and the configuration has no answer for such a client. */
  readonly answered: readonly string[];
  /** The query did not come in, or its reply did not come back. */
  readonly silent: readonly string[];
  /** The kernel did not take the query. */
  readonly unsent: readonly string[];
  /** Whether the query went through the sockets. */
  readonly isBySockets: boolean;
  /** Whether more is waiting to be received than can be answered at once. */
  readonly isBehind: boolean;
}

/** What stands for an address where nothing goes through the sockets. */
const IN_MEMORY = "in memory";

/** What it needs. */
export interface SelfExchangeParts {
  readonly backend: Backend;
  readonly serving: Serving;
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly pipeline: Pick<Pipeline, "replies" | "endTurn">;
}

/** One exchange under way. */
interface Attempt {
  readonly token: Uint8Array;
  readonly query: Uint8Array;
  /** Addresses that have not answered. */
  readonly waiting: Set<Ipv4>;
  end: () => void;
}

const FIRST_HOSTS = 8;
/** Turns of the event loop in which a query and then its reply are read. */
const TURNS_OF_EXCHANGE = 3;

/** See the head of this file. */
export class SelfExchange {
  private readonly parts: SelfExchangeParts;
  private readonly exchange = new Exchange();
  private attempt: Attempt | undefined;
  private underWay: Promise<SelfExchangeResult> | undefined;

  constructor(parts: SelfExchangeParts) {
    this.parts = parts;
  }

  /** Resolves in SELF_EXCHANGE_MS at most. A caller that asks while an exchange is under way gets its result. */
  run(): Promise<SelfExchangeResult> {
    this.underWay ??= this.start().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  /** See BackendEvents.onSelf. */
  take(octets: Uint8Array, offset: number, length: number, arrival: Arrival): boolean {
    const { attempt } = this;
    if (attempt === undefined) return false;
    const operation = selfOperation(octets, offset, length, attempt.token);
    if (operation === BOOTREQUEST) this.takeQuery(octets, offset, length, arrival);
    else if (operation === BOOTREPLY) this.noteAnswer(arrival.localAddress);
    return operation >= 0;
  }

  private async start(): Promise<SelfExchangeResult> {
    const { backend, serving } = this.parts;
    const token = Uint8Array.from(randomBytes(CHADDR_OCTETS));
    const query = makeSelfQuery(
      token,
      clientAddress(serving.config, (address) => serving.links.isOwn(address)),
    );
    const attempt: Attempt = { token, query, waiting: new Set(), end: () => undefined };
    this.attempt = attempt;
    const sent = backend.sendToSelf(query);
    if (sent === undefined) return this.runInMemory(query);
    for (const [address, errno] of sent) if (errno === 0) attempt.waiting.add(address);
    if (attempt.waiting.size > 0) await this.wait(attempt);
    this.attempt = undefined;
    const those = (is: (address: Ipv4, errno: number) => boolean): string[] =>
      [...sent].filter(([address, errno]) => is(address, errno)).map(([address]) => formatIpv4(address));
    return {
      answered: those((address, errno) => errno === 0 && !attempt.waiting.has(address)),
      silent: those((address) => attempt.waiting.has(address)),
      unsent: those((_, errno) => errno !== 0),
      isBySockets: true,
      isBehind: backend.isQueueLong(),
    };
  }

  private runInMemory(query: Uint8Array): SelfExchangeResult {
    const isSound = this.decide(query, 0, query.length, new ArrivalSlot());
    const done = { answered: isSound ? [IN_MEMORY] : [], silent: isSound ? [] : [IN_MEMORY] };
    return { ...done, unsent: [], isBySockets: false, isBehind: false };
  }

  /** Until all have answered, or the time is over. A query may have been lost: it is sent once more meanwhile. */
  private wait(attempt: Attempt): Promise<void> {
    return new Promise((resolve) => {
      const again = setTimeout(() => this.parts.backend.sendToSelf(attempt.query), SELF_QUERY_REPEAT_MS);
      const over = setTimeout(() => afterTurns(TURNS_OF_EXCHANGE, () => attempt.end()), SELF_EXCHANGE_MS);
      attempt.end = () => {
        clearTimeout(again);
        clearTimeout(over);
        resolve();
      };
    });
  }

  private noteAnswer(address: Ipv4): void {
    const { attempt } = this;
    if (attempt?.waiting.delete(address) === true && attempt.waiting.size === 0) attempt.end();
  }

  /** The reply goes the way of all replies. */
  private takeQuery(octets: Uint8Array, offset: number, length: number, arrival: Arrival): void {
    const { exchange } = this;
    const { pipeline } = this.parts;
    if (!this.decide(octets, offset, length, arrival)) return;
    if (!exchange.decision.hasReply) return this.noteAnswer(arrival.localAddress);
    exchange.delivery = Delivery.relay;
    exchange.destination = arrival.localAddress;
    exchange.port = SERVER_PORT;
    const batch = pipeline.replies.room();
    if (batch === undefined) return;
    encode(exchange, batch, 0);
    pipeline.endTurn();
  }

  /** Passes the stages up to the decision. The query counts as passed on by the relay that it names. False if they fail. */
  private decide(octets: Uint8Array, offset: number, length: number, arrival: Arrival): boolean {
    const { serving, keys, clock } = this.parts;
    const { exchange } = this;
    exchange.begin(Origin.socket, clock.monotonic() / 1000);
    try {
      if (receive(exchange, octets, offset, length, arrival) !== undefined) return false;
      exchange.arrival = { ...arrival, remoteAddress: exchange.query.giaddr, remotePort: SERVER_PORT };
      locate(exchange, serving);
      identify(exchange, serving, keys);
      decide(exchange, serving, clock.wall());
      return true;
    } catch {
      return false; // Unanswered is what clients are too.
    }
  }
}

/** A process that was held up finds its timers due before it has read what came meanwhile. */
function afterTurns(turns: number, then: () => void): void {
  if (turns === 0) then();
  else setImmediate(afterTurns, turns - 1, then);
}

/** One of the first addresses of the first subnet that is not this host's; 0 if there is none. */
function clientAddress({ subnets }: Config, isOwn: (address: Ipv4) => boolean): Ipv4 {
  const [subnet] = subnets;
  if (subnet === undefined) return 0;
  const hosts = Array.from({ length: FIRST_HOSTS }, (_, i) => subnet.network + 1 + i);
  return hosts.find((address) => (address & subnet.mask) >>> 0 === subnet.network && !isOwn(address)) ?? 0;
}
