// Code that runs for the first time is slow: the first burst of clients after a start would wait while it is compiled.
// So a server that has just started goes through some made-up exchanges, with parts of their own: a pipeline with a
// configuration, a table and a store that nobody else sees, and nothing is sent or written. It takes about a
// fifth of a second of processor time, in slices, while the first checks ahead are under way anyway.

import { ASKED_COLUMNS, type Backend, type ReplyBatch } from "../backend/backend.ts";
import { BackendCounters } from "../backend/backend-counters.ts";
import { BurstNotices } from "../backend/burst-notices.ts";
import { LocalView } from "../backend/local-view.ts";
import { ReplySender } from "../backend/reply-sender.ts";
import { getUint32 } from "../base/bytes.ts";
import type { Interface } from "../base/interface.ts";
import { CHECKED_SECONDS, RECEIVE_BATCH, REHEARSAL_PAUSE_MS, REHEARSAL_SLICES } from "../base/limits.ts";
import type { Clock } from "../base/time.ts";
import { loadConfig } from "../config/load.ts";
import { ServedLinks } from "../engine/served-links.ts";
import { EngineState } from "../engine/state.ts";
import { connectHelperBy } from "../helper/client.ts";
import type { Helper } from "../helper/helper.ts";
import { HelperVerb, Layout } from "../helper/protocol.ts";
import { poolsOf } from "../lease/pools.ts";
import { LeaseTable, NO_LEASE } from "../lease/table.ts";
import type { Logger } from "../log.ts";
import { REPLY_COLUMNS, ReplyColumn } from "../native.ts";
import { BatchBuffer } from "../store/journal-batch.ts";
import { type CommitBatch, CommitOutcome, type LeaseStore } from "../store/store.ts";
import { ArrivalSlot } from "../wire/arrival.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import { MessageType } from "../wire/message-type.ts";
import { Counters } from "./counters.ts";
import { MessageLog } from "./message-log.ts";
import { Pipeline } from "./pipeline.ts";

/** What it needs; the server's own parts are not among them. */
export interface RehearsalParts {
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether there is time for it now. */
  isIdle(): boolean;
}

// Networks for documentation and tests (RFC 5737, RFC 2544): they appear nowhere.
const CONFIG = `authoritative;
option domain-name "example.org";
option domain-name-servers 192.0.2.2, 192.0.2.3;
subnet 192.0.2.0 netmask 255.255.255.0 { }
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.16.0 198.18.31.255; option routers 198.18.0.1; }
subnet 198.19.0.0 netmask 255.255.0.0 { range 198.19.16.0 198.19.31.255; option routers 198.19.0.1; }
`;
const IFINDEX = 1;
const OWN_ADDRESS = 0xc6120001;
const GIADDR = 0xc6130001;
/** First addresses of the ranges. */
const RANGES = [0xc6121000, 0xc6131000];
const LINK: Interface = {
  ifindex: IFINDEX,
  name: "rehearsal",
  up: true,
  running: true,
  loopback: false,
  pointToPoint: false,
  broadcast: true,
  virtual: true,
  hardwareAddress: new Uint8Array(6),
  addresses: [{ address: OWN_ADDRESS, prefixLength: 16, primary: true }],
};

const SLOT_OCTETS = 512;
const MESSAGE_OCTETS = 300;
const [XID_AT, YIADDR_AT, GIADDR_AT, CHADDR_AT, OPTIONS_AT] = [4, 16, 24, 28, 236];
/** Most real ones are too large for a small integer, which the compiler treats apart. */
const XID_FIRST = 0x80000000;
const COOKIE = [99, 130, 83, 99];
/** Option 55 with what clients ask for, and option 12. */
const REQUEST_LIST = [55, 8, 1, 3, 6, 12, 15, 28, 42, 121];
const HOST_NAME = [12, 4, 104, 111, 115, 116];

/** A helper that sets nothing and says that it has; the messages to it and from it are real ones. */
function agreeableHelper(): Helper {
  const answer = new Uint8Array(Layout.neighbourReply.octets);
  return connectHelperBy((onMessage) => ({
    send: (octets) => {
      if (octets[Layout.header.verb] !== HelperVerb.neighbourSet) return 0;
      answer.set(octets.subarray(0, Layout.header.octets));
      queueMicrotask(() => onMessage(answer, -1));
      return 0;
    },
    close: () => undefined,
  }));
}

/** A backend that takes replies and sends none. */
class SilentBackend implements Backend {
  readonly name = "simulated";
  readonly receiveArena = new Uint8Array(RECEIVE_BATCH * SLOT_OCTETS);
  readonly listeners = [];
  readonly counters = new Map<string, number>();
  onEcho = (): void => undefined;
  /** Addresses in replies since the last slice, and the numbers of their clients. */
  readonly replied: { readonly address: number; readonly client: number }[] = [];
  onSent: (batch: ReplyBatch) => void = () => undefined;
  private readonly arrivals = Array.from({ length: RECEIVE_BATCH }, () => new ArrivalSlot());
  private readonly helper = agreeableHelper();
  private readonly sender: ReplySender;

  constructor(clock: Clock) {
    const view = new LocalView([LINK], [LINK], []);
    const common = {
      helper: this.helper,
      bursts: new BurstNotices(() => clock.monotonic()),
      now: () => clock.monotonic(),
      view: () => view,
      warn: () => undefined,
      onSent: (batch: ReplyBatch) => this.onSent(batch),
    };
    this.sender = new ReplySender({
      ...common,
      counters: new BackendCounters(),
      takesEntries: true,
      socket: () => ({ send: (_arena, _columns, _first, count) => count }),
    });
  }

  send(batch: ReplyBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const at = batch.columns[row * REPLY_COLUMNS + ReplyColumn.offset] ?? 0;
      const address = getUint32(batch.arena, at + YIADDR_AT);
      this.replied.push({ address, client: getUint32(batch.arena, at + XID_AT) - XID_FIRST });
    }
    this.sender.send(batch);
  }

  /** Puts a message into the place of a datagram of the next batch. */
  write(slot: number, messageType: number, client: number, requested: number): void {
    const at = slot * SLOT_OCTETS;
    const arena = this.receiveArena;
    const isRelayed = client % 2 === 1;
    arena.fill(0, at, at + SLOT_OCTETS);
    arena.set([1, 1, 6, isRelayed ? 1 : 0], at);
    arena.set(octetsOf(XID_FIRST + client), at + XID_AT);
    if (isRelayed) arena.set(octetsOf(GIADDR), at + GIADDR_AT);
    arena.set([2, 0, ...octetsOf(client)], at + CHADDR_AT);
    const options = [...COOKIE, 53, 1, messageType, ...REQUEST_LIST, ...HOST_NAME];
    // Every other client of each kind names itself.
    if ((client & 2) !== 0) options.push(61, 7, 1, 2, 0, ...octetsOf(client));
    if (requested !== 0) options.push(50, 4, ...octetsOf(requested), 54, 4, ...octetsOf(OWN_ADDRESS));
    arena.set([...options, 255], at + OPTIONS_AT);
    const arrival = { listener: 0, ifindex: IFINDEX, localAddress: OWN_ADDRESS };
    const [remoteAddress, remotePort] = isRelayed ? [GIADDR, 67] : [0, 68];
    this.arrivals[slot]?.copyFrom({ ...arrival, remoteAddress, remotePort });
  }

  offsetOf(slot: number): number {
    return slot * SLOT_OCTETS;
  }

  lengthOf(): number {
    return MESSAGE_OCTETS;
  }

  arrivalOf(slot: number): ArrivalSlot {
    return this.arrivals[slot] ?? new ArrivalSlot();
  }

  open(): Promise<readonly Interface[]> {
    return Promise.resolve([LINK]);
  }

  reconfigure(): Promise<void> {
    return Promise.resolve();
  }

  shed(): void {
    // There is no queue.
  }

  isQueueLong(): boolean {
    return false;
  }

  sendEcho(): boolean {
    return false;
  }

  neighbours(): Uint32Array {
    return new Uint32Array(ASKED_COLUMNS);
  }

  stopAsking(): boolean {
    return true;
  }

  close(): Promise<void> {
    this.helper.close();
    return Promise.resolve();
  }
}

/** A store that writes records and keeps none. */
class ForgetfulStore implements LeaseStore {
  readonly health = "ready";
  readonly counters = new Map<string, number>();
  onHealth = (): void => undefined;
  private readonly table: LeaseTable;
  private readonly buffer = new BatchBuffer();

  constructor(table: LeaseTable) {
    this.table = table;
  }

  open(): ReturnType<LeaseStore["open"]> {
    return Promise.resolve({ loaded: 0, notices: [], damaged: false });
  }

  useTable(): void {
    // Nothing is read from it.
  }

  commit(batch: CommitBatch, done: (batch: CommitBatch) => void): void {
    this.buffer.clear();
    for (let i = 0; i < batch.count; i++) this.buffer.addLease(this.table, batch.slots[i] ?? NO_LEASE);
    this.buffer.close(1);
    batch.outcomes.fill(CommitOutcome.ok, 0, batch.count);
    queueMicrotask(() => done(batch));
  }

  noteEnd(): void {
    // Nobody reads it.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** See the head of this file. */
export class Rehearsal {
  private readonly parts: RehearsalParts;
  private readonly backend: SilentBackend;
  private readonly state: EngineState;
  private readonly messageLog: MessageLog;
  private readonly pipeline: Pipeline;
  private timer: NodeJS.Timeout | undefined;
  private slice = 0;
  private clients = 0;

  constructor(parts: RehearsalParts) {
    const { keys, clock } = parts;
    const { config } = loadConfig("rehearsal", CONFIG);
    if (config === undefined) throw new TypeError("the rehearsal's configuration is wrong");
    // Lines are made, and not written.
    const nothing = (): void => undefined;
    const child: Logger = Object.create(parts.log.child({}, { level: "silent" }));
    const log = Object.assign(child, { isLevelEnabled: () => true, info: nothing, warn: nothing });
    const table = new LeaseTable(poolsOf(config), keys);
    const state = new EngineState(config, table, new ServedLinks([LINK], config));
    this.parts = parts;
    this.state = state;
    this.backend = new SilentBackend(clock);
    this.messageLog = new MessageLog(log, clock);
    // In the order of the server's, as are the sender's: objects of one shape are one kind to the compiler.
    this.pipeline = new Pipeline({
      backend: this.backend,
      store: new ForgetfulStore(table),
      state,
      keys,
      clock,
      counters: new Counters(),
      messageLog: this.messageLog,
      log,
    });
    this.backend.onSent = (batch) => this.pipeline.onSent(batch);
    this.plan();
  }

  /** Ends it, if it has not ended by itself. */
  stop(): void {
    clearTimeout(this.timer);
    this.pipeline.stop();
    this.backend.onSent = () => undefined;
    this.messageLog.discard();
    void this.backend.close();
  }

  private plan(): void {
    this.timer = setTimeout(() => this.next(), REHEARSAL_PAUSE_MS).unref();
  }

  /** New clients ask, and those of the slice before take what they were offered. */
  private next(): void {
    if (!this.parts.isIdle() || this.slice === REHEARSAL_SLICES) return this.stop();
    this.slice += 1;
    this.checkAddresses();
    const { backend } = this;
    const replied = backend.replied.splice(0);
    const offers = this.slice % 2 === 0 ? replied.slice(0, RECEIVE_BATCH) : [];
    for (const [slot, { address, client }] of offers.entries())
      backend.write(slot, MessageType.request, client, address);
    for (let slot = offers.length; slot < RECEIVE_BATCH; slot++)
      backend.write(slot, MessageType.discover, ++this.clients, 0);
    this.pipeline.onBatch(RECEIVE_BATCH);
    this.plan();
  }

  /** As many new addresses count as checked as there may be new clients in a slice. */
  private checkAddresses(): void {
    const { table, checked } = this.state;
    const until = this.parts.clock.monotonic() / 1000 + CHECKED_SECONDS;
    for (const first of RANGES) {
      for (let i = 0; i < RECEIVE_BATCH; i++) {
        const slot = table.slotOf(first + this.slice * RECEIVE_BATCH + i);
        checked.add(table.poolOf(slot), slot, until);
      }
    }
  }
}

function octetsOf(address: number): number[] {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
}
