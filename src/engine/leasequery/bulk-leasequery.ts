// DHCPBULKLEASEQUERY (RFC 6926): every lease of a client, of a relay, of a line, or all there are, one message each and
// a last one. Pure: the caller takes step after step and decides when.
//
// The walk goes through the table from its first slot to its last, so that no address is sent twice. It waits for a
// slot with a change under way, since neither its old content nor its new one can be relied upon. Leases that are over
// are sent too, as DHCPLEASEUNASSIGNED with their state: a requestor that asks for the changes since its last query
// must hear of them.

import { NO_OCTETS } from "../../base/bytes.ts";
import type { Ipv4 } from "../../base/ipv4.ts";
import { BULK_LEASES_PER_SLICE } from "../../base/limits/leasequery.ts";
import type { EpochSeconds } from "../../base/time.ts";
import type { LeaseTable } from "../../lease/table/table.ts";
import { ClientIdentity, type HashKeys, readClientIdentity } from "../../wire/client-identity.ts";
import { DhcpState, StatusCode } from "../../wire/lease-information.ts";
import { MessageType } from "../../wire/message-type.ts";
import { OptionCode } from "../../wire/options/option-code.ts";
import { findRelaySubOption, isRelayAgentInformation, RelaySubOption } from "../../wire/options/relay-agent.ts";
import type { Query } from "../../wire/query.ts";
import { Reply } from "../../wire/reply.ts";
import type { Serving } from "../serving.ts";
import { changedAt, tellBinding, tellOptions } from "./lease-information.ts";
import { isAmong, isEverybodysNetwork, namesHardware, requestorScope } from "./leasequery.ts";

/** The result of a step. */
export const BulkStep = {
  /** `reply` tells of a lease. */
  lease: 0,
  /** Enough was looked at for one turn. */
  pause: 1,
  /** The next lease has a change under way. */
  wait: 2,
  /** `reply` is the last message. */
  done: 3,
} as const;
export type BulkStep = (typeof BulkStep)[keyof typeof BulkStep];

/** What the query looks for. */
const Subject = { all: 0, clientId: 1, hardware: 2, relayId: 3, remoteId: 4 } as const;
type Subject = (typeof Subject)[keyof typeof Subject];

/** Whether a requestor may ask at all (RFC 6926 section 8.1). */
export function mayAskForMany(serving: Serving, requestor: Ipv4): boolean {
  return isAmong(requestorScope(serving, requestor).bulkLeasequeryRequestors, requestor);
}

/** One bulk leasequery at a time, from `startQuery` to the step that is `done`. */
export class BulkLeasequery {
  /** The reply to send, after a step that says so. */
  readonly reply = new Reply();
  private readonly serving: Serving;
  private readonly keys: HashKeys;
  private readonly client = new ClientIdentity();
  private table: LeaseTable;
  private slot = 0;
  private subject: Subject = Subject.all;
  /** The value of the sub-option that is looked for. */
  private value: Uint8Array = NO_OCTETS;
  private from: EpochSeconds = -1;
  private until: EpochSeconds = Number.POSITIVE_INFINITY;
  /** Sent in the first message only (RFC 6926 section 8.2). */
  private serverId: Ipv4 = 0;
  private status: StatusCode = StatusCode.success;
  private statusText = "";
  private left = 0;

  constructor(serving: Serving, keys: HashKeys) {
    this.serving = serving;
    this.keys = keys;
    this.table = serving.table;
  }

  /** How the query ends, as far as is known; `success` until it is done. */
  get outcome(): StatusCode {
    return this.status;
  }

  /** Takes a DHCPBULKLEASEQUERY that came from `requestor` to our address `local`. */
  startQuery(query: Query, requestor: Ipv4, local: Ipv4): void {
    this.table = this.serving.table;
    this.slot = 0;
    this.left = 0;
    this.subject = Subject.all;
    this.value = NO_OCTETS;
    this.from = -1;
    this.until = Number.POSITIVE_INFINITY;
    this.status = StatusCode.success;
    this.serverId = requestorScope(this.serving, requestor).serverIdentifier ?? local;
    if (!mayAskForMany(this.serving, requestor)) return this.refuse(StatusCode.notAllowed, "you may not ask");
    this.read(query);
  }

  /** Begins a turn: so much is looked at before `next` says `pause`. */
  beginTurn(): void {
    this.left = BULK_LEASES_PER_SLICE;
  }

  /** The next step. After `done` there is none until `startQuery`. */
  next(now: EpochSeconds): BulkStep {
    const { serving, table } = this;
    if (this.status === StatusCode.success && serving.table !== table) {
      this.refuse(StatusCode.queryTerminated, "the configuration was loaded anew: ask again");
    }
    if (this.status !== StatusCode.success) return this.finish();
    for (; this.slot < table.size; this.slot++) {
      if (this.left === 0) return BulkStep.pause;
      if (table.isPending(this.slot)) return BulkStep.wait;
      this.left--;
      if (this.isMeant(this.slot, now)) return this.tell(this.slot++, now);
    }
    return this.finish();
  }

  private read(query: Query): void {
    if (query.ciaddr !== 0 || query.yiaddr !== 0 || query.siaddr !== 0) {
      return this.refuse(StatusCode.malformedQuery, "ciaddr, yiaddr and siaddr must be zero");
    }
    readClientIdentity(query, this.keys, this.client);
    const agent = query.option(OptionCode.relayAgentInformation) ?? NO_OCTETS;
    if (!isRelayAgentInformation(agent, 0, agent.length)) {
      return this.refuse(StatusCode.malformedQuery, "the relay agent information cannot be read");
    }
    const relayId = findRelaySubOption(agent, 0, agent.length, RelaySubOption.relayId);
    const remoteId = findRelaySubOption(agent, 0, agent.length, RelaySubOption.remoteId);
    const subjects: Subject[] = [];
    if (query.has(OptionCode.clientId)) subjects.push(Subject.clientId);
    if (namesHardware(query)) subjects.push(Subject.hardware);
    if (relayId > 0) subjects.push(Subject.relayId);
    if (remoteId > 0) subjects.push(Subject.remoteId);
    if (subjects.length > 1) return this.refuse(StatusCode.notAllowed, "one thing can be asked for at a time");
    this.subject = subjects[0] ?? Subject.all;
    const at = Math.max(relayId, remoteId);
    if (at > 0) this.value = agent.slice(at, at + (agent[at - 1] ?? 0));
    if (query.has(OptionCode.virtualSubnetSelection)) this.readNetwork(query);
    this.readTimes(query);
  }

  private readNetwork(query: Query): void {
    if (isEverybodysNetwork(query.optionByte(OptionCode.virtualSubnetSelection, 0))) return;
    this.refuse(StatusCode.notAllowed, "this server has no virtual networks");
  }

  private readTimes(query: Query): void {
    const { queryStartTime, queryEndTime } = OptionCode;
    for (const code of [queryStartTime, queryEndTime]) {
      if (!query.has(code) || query.optionLength(code) === 4) continue;
      return this.refuse(StatusCode.malformedQuery, "a time has four octets");
    }
    if (query.has(queryStartTime)) this.from = query.optionUint32(queryStartTime);
    if (query.has(queryEndTime)) this.until = query.optionUint32(queryEndTime);
    if (this.from > this.until) this.refuse(StatusCode.malformedQuery, "the start time is after the end time");
  }

  private isMeant(slot: number, now: EpochSeconds): boolean {
    return this.isAboutSubject(slot) && this.isInTime(slot, now);
  }

  private isAboutSubject(slot: number): boolean {
    const { table, client } = this;
    switch (this.subject) {
      case Subject.all:
        return true;
      case Subject.clientId:
        return client.clientIdLength > 0 && table.isClient(slot, client);
      case Subject.hardware:
        return table.hasHardwareOf(slot, client);
      case Subject.relayId:
        return table.hasAgentSubOption(slot, RelaySubOption.relayId, this.value);
      case Subject.remoteId:
        return table.hasAgentSubOption(slot, RelaySubOption.remoteId, this.value);
    }
  }

  private isInTime(slot: number, now: EpochSeconds): boolean {
    if (this.from < 0 && this.until === Number.POSITIVE_INFINITY) {
      // A query for all addresses gets those without a client too; any other query gets addresses that a client has or
      // had.
      return this.subject === Subject.all || changedAt(this.serving, slot, now) >= 0;
    }
    const at = changedAt(this.serving, slot, now);
    return at >= 0 && at >= this.from && at <= this.until;
  }

  private tell(slot: number, now: EpochSeconds): BulkStep {
    const { reply } = this;
    this.beginReply();
    tellBinding(this.serving, slot, now, reply.lease);
    const isActive = reply.lease.state === DhcpState.active;
    reply.messageType = isActive ? MessageType.leaseActive : MessageType.leaseUnassigned;
    if (isActive) tellOptions(this.serving, slot, reply);
    return BulkStep.lease;
  }

  private finish(): BulkStep {
    const { reply } = this;
    this.beginReply();
    reply.messageType = MessageType.leaseQueryDone;
    reply.lease.status = this.status;
    reply.lease.statusText = this.statusText;
    return BulkStep.done;
  }

  private beginReply(): void {
    const { reply } = this;
    reply.reset();
    reply.lease.reset();
    reply.serverId = this.serverId;
    this.serverId = 0;
  }

  private refuse(status: StatusCode, text: string): void {
    this.status = status;
    this.statusText = text;
  }
}
