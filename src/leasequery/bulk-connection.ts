// One requestor's connection (RFC 6926 section 8): queries one after the other, each answered by as many
// messages as it takes. A query that comes while another one is answered waits in the kernel.
//
// The next answers are made when the kernel has taken the last ones, and each turn ends after a bounded
// number of leases: a table of a million takes no memory, and clients are served meanwhile.

import type { Socket } from "node:net";
import { NO_OCTETS, putUint16 } from "../base/bytes.ts";
import { formatIpv4, type Ipv4 } from "../base/ipv4.ts";
import { BULK_ANSWER_OCTETS, BULK_DATA_TIMEOUT_MS, BULK_WAIT_MS } from "../base/limits/leasequery.ts";
import { REPLY_OCTETS_MAX } from "../base/limits/wire.ts";
import type { Clock } from "../base/time.ts";
import { BulkLeasequery, BulkStep } from "../engine/leasequery/bulk-leasequery.ts";
import type { Serving } from "../engine/serving.ts";
import type { Logger } from "../log.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import { encodeStreamed } from "../wire/encode/leasequery-reply.ts";
import { FRAME_HEADER_OCTETS, FramedMessages } from "../wire/framed-messages.ts";
import { StatusCode } from "../wire/lease-information.ts";
import { MessageType, messageTypeName } from "../wire/message-type.ts";
import { decodeQuery, Query } from "../wire/query.ts";

/** The parts that a connection works with. */
export interface BulkContext {
  readonly serving: Serving;
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Adds one to a counter. */
  readonly count: (name: string) => void;
  /** Milliseconds without a movement after which a connection ends; BULK_DATA_TIMEOUT_MS by default. */
  readonly timeoutMs?: number;
}

/** Why a connection is ended, by counter. */
const ENDS = {
  "bulk-leasequery-timeout": "nothing has moved on it for five minutes",
  "bulk-leasequery-bad-frame": "the length in front of a message is not that of a query",
  "bulk-leasequery-bad-query": "it sent octets that are no DHCP message",
  "bulk-leasequery-unexpected-type": "it sent another message than DHCPBULKLEASEQUERY",
} as const;

/** Serves one connection until it ends. */
export class BulkConnection {
  private readonly context: BulkContext;
  private readonly socket: Socket;
  private readonly remote: Ipv4;
  private readonly local: Ipv4;
  private readonly frames = new FramedMessages();
  private readonly query = new Query();
  private readonly bulk: BulkLeasequery;
  private readonly answers = new Uint8Array(BULK_ANSWER_OCTETS);
  /** Octets that have come and were not looked at. */
  private received: Uint8Array = NO_OCTETS;
  private isAnswering = false;
  private hasEnded = false;
  private isEnding = false;
  private told = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly onTurn = (): void => this.turn();
  private readonly onWritten = (error?: Error | null): void => {
    if (!error) this.goOn();
  };

  /** Takes over a connection from `remote` to our address `local`; `onClose` is called once, at its end. */
  constructor(context: BulkContext, socket: Socket, remote: Ipv4, local: Ipv4, onClose: () => void) {
    this.context = context;
    this.socket = socket;
    this.remote = remote;
    this.local = local;
    this.bulk = new BulkLeasequery(context.serving, context.keys);
    socket.setTimeout(context.timeoutMs ?? BULK_DATA_TIMEOUT_MS, () => this.giveUp("bulk-leasequery-timeout"));
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Uint8Array) => this.receive(chunk));
    socket.on("end", () => {
      this.hasEnded = true;
      if (!this.isAnswering) this.end();
    });
    socket.on("close", () => {
      clearTimeout(this.timer);
      onClose();
    });
  }

  /** Ends the connection, even in the middle of an answer. */
  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Uint8Array): void {
    if (this.isEnding) return;
    this.received = this.received.length === 0 ? chunk : joined(this.received, chunk);
    if (!this.isAnswering) this.read();
  }

  /** Reads the octets that have come, up to the next whole query. */
  private read(): void {
    const { frames, socket } = this;
    const taken = frames.take(this.received, 0);
    this.received = this.received.subarray(taken);
    if (frames.isBroken) return this.giveUp("bulk-leasequery-bad-frame");
    if (frames.isWhole) return this.startQuery();
    if (this.hasEnded) this.end();
    else socket.resume();
  }

  private startQuery(): void {
    const { frames, context, socket } = this;
    const fault = decodeQuery(frames.octets, 0, frames.length, this.query);
    if (fault !== undefined) {
      context.count(fault);
      return this.giveUp("bulk-leasequery-bad-query");
    }
    // RFC 7724 section 8.1.1: a requestor that sends another kind of message must not wait for an answer in vain.
    if (this.query.messageType !== MessageType.bulkLeaseQuery) return this.giveUp("bulk-leasequery-unexpected-type");
    context.count("bulk-leasequery");
    socket.pause();
    this.isAnswering = true;
    this.told = 0;
    this.bulk.startQuery(this.query, this.remote, this.local);
    this.turn();
  }

  /** Makes answers until there is no room, nothing more to tell, or enough was looked at. */
  private turn(): void {
    const { bulk, answers, socket, context } = this;
    this.timer = undefined;
    if (socket.destroyed) return;
    const now = context.clock.wall();
    let used = 0;
    let step: BulkStep = BulkStep.lease;
    bulk.beginTurn();
    while (step === BulkStep.lease && used + FRAME_HEADER_OCTETS + REPLY_OCTETS_MAX <= answers.length) {
      step = bulk.next(now);
      if (step === BulkStep.lease || step === BulkStep.done) used += this.encode(used);
    }
    if (step === BulkStep.done) this.isAnswering = false;
    if (used > 0) socket.write(answers.subarray(0, used), this.onWritten);
    else if (step === BulkStep.wait) this.timer = setTimeout(this.onTurn, BULK_WAIT_MS);
    else setImmediate(this.onTurn);
  }

  /** Encodes `bulk.reply` behind its length; returns how many octets both take. */
  private encode(at: number): number {
    const length = encodeStreamed(this.query, this.bulk.reply, this.answers, at + FRAME_HEADER_OCTETS);
    putUint16(this.answers, at, length);
    this.told++;
    return FRAME_HEADER_OCTETS + length;
  }

  /** The kernel has taken the written octets. */
  private goOn(): void {
    if (this.socket.destroyed) return;
    if (this.isAnswering) return void setImmediate(this.onTurn);
    this.logAnswer();
    // RFC 6926 section 8.5: a query that was broken off ends the connection too.
    if (this.bulk.outcome === StatusCode.queryTerminated) return this.end();
    this.frames.next();
    this.read();
  }

  private logAnswer(): void {
    const { bulk, query, told } = this;
    const from = formatIpv4(this.remote);
    const type = messageTypeName(query.messageType);
    this.context.log.info(
      { event: "bulk-leasequery", type, from, xid: query.xid, messages: told, status: bulk.outcome },
      `${type} from ${from}: ${told} messages`,
    );
  }

  private end(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    if (this.frames.isUnderWay) this.context.count("bulk-leasequery-cut");
    this.socket.end();
    // Further octets are read and forgotten: unread ones would make the kernel reset the connection before the answer
    // has arrived.
    this.socket.resume();
  }

  private giveUp(reason: keyof typeof ENDS): void {
    const from = formatIpv4(this.remote);
    this.context.count(reason);
    this.context.log.warn(
      { event: "bulk-leasequery", reason, from },
      `the connection of ${from} for bulk leasequeries has ended: ${ENDS[reason]}`,
    );
    this.socket.destroy();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
