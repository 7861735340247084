// Code that runs for the first time is slow: the first burst of clients after a start would wait while it is compiled.
// So a server that has just started goes through some made-up exchanges, with parts of their own: a pipeline with a
// configuration, a table and a store that no other code sees, and nothing is sent or written. It takes one to two
// seconds of processor time, the compiler's included, in slices between which the server is idle.
//
// These parts are made anew several times. What happens once in the life of a table or a batch (room is made, a reply is
// written that later ones are copied from) would be compiled as if it never happened, and the real parts, for which it
// is still to come, would have that code thrown away. For half of them the conflict check is off.
//
// Of Node's program, 40 MB are in memory after a start, of which serving uses less than half. These pages are taken out
// early in the rehearsal, which brings back what it runs. Taken out after it they would come back while clients wait.

import type { Backend } from "../backend/backend.ts";
import { RECEIVE_BATCH } from "../base/limits/backend.ts";
import { CHECKED_SECONDS } from "../base/limits/checks.ts";
import {
  BEHIND_BATCHES,
  REHEARSAL_PAUSE_MS,
  REHEARSAL_REAL_ENOUGH,
  REHEARSAL_SLICES,
  REHEARSAL_STAGE_SLICES,
} from "../base/limits/overload.ts";
import type { Clock, Milliseconds } from "../base/time.ts";
import { loadConfig } from "../config/load.ts";
import { ServedLinks } from "../engine/locate/served-links.ts";
import { Serving } from "../engine/serving.ts";
import { poolsOf } from "../lease/pools.ts";
import { LeaseTable } from "../lease/table/table.ts";
import type { Logger } from "../log.ts";
import type { HashKeys } from "../wire/client-identity.ts";
import { MessageType } from "../wire/message-type.ts";
import { Counters } from "./counters.ts";
import type { IdleMemory } from "./idle-memory.ts";
import { LeaseEvents } from "./lease-events.ts";
import { MessageLog } from "./log/message-log.ts";
import { Pipeline } from "./pipeline.ts";
import { LINKS, SilentBackend } from "./rehearsal-stage.ts";
import { ForgetfulStore } from "./rehearsal-store.ts";

/** What it needs; the server's own parts are not among them. */
export interface RehearsalParts {
  readonly keys: HashKeys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Its name tells what messages come as: frames or datagrams. */
  readonly backend: Pick<Backend, "name">;
  /** Counts the made-up messages, and gives back what only the start has used. */
  readonly memory: Pick<IdleMemory, "note" | "releaseProgram">;
  /** Whether there is time for it now. */
  isIdle(): boolean;
}

// Networks for documentation and tests (RFC 5737, RFC 2544): they appear nowhere.
const CONFIG = `authoritative;
option domain-name "example.org";
option domain-name-servers 192.0.2.2, 192.0.2.3;
subnet 192.0.2.0 netmask 255.255.255.0 { }
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.16.0 198.18.23.255; option routers 198.18.0.1; }
subnet 198.19.0.0 netmask 255.255.0.0 { range 198.19.16.0 198.19.23.255; option routers 198.19.0.1; }
`;
/** First addresses of the ranges. */
const RANGES = [0xc6121000, 0xc6131000];

/** Parts that no other code sees. */
class Stage {
  readonly backend: SilentBackend;
  readonly serving: Serving;
  readonly pipeline: Pipeline;
  /** Whether addresses are checked before they are offered. */
  readonly isChecking: boolean;
  private readonly messageLog: MessageLog;

  constructor({ keys, clock, log: serverLog, backend }: RehearsalParts, number: number) {
    this.isChecking = number % 4 < 2;
    const { config } = loadConfig("rehearsal", this.isChecking ? CONFIG : `${CONFIG}ping-check off;\n`);
    if (config === undefined) throw new TypeError("the rehearsal's configuration is wrong");
    // Lines are made, and not written.
    const nothing = (): void => undefined;
    const child: Logger = Object.create(serverLog.child({}, { level: "silent" }));
    const log = Object.assign(child, { isLevelEnabled: () => true, info: nothing, warn: nothing });
    const table = new LeaseTable(poolsOf(config), keys);
    const serving = new Serving(config, table, new ServedLinks(LINKS, config));
    this.serving = serving;
    this.backend = new SilentBackend(clock, backend.name === "bpf", number);
    this.messageLog = new MessageLog(log, clock);
    this.pipeline = new Pipeline({
      backend: this.backend,
      store: new ForgetfulStore(table, number),
      serving,
      keys,
      clock,
      counters: new Counters(),
      messageLog: this.messageLog,
      log,
      events: new LeaseEvents(clock, serving, () => LINKS.list),
      seed: 0,
    });
    this.backend.onSent = (batch) => this.pipeline.onSent(batch);
  }

  /** Ends what goes on in it. */
  stop(): void {
    this.pipeline.stop();
    this.backend.onSent = () => undefined;
    this.messageLog.discard();
    void this.backend.close();
  }
}

/** See the head of this file. */
export class Rehearsal {
  private readonly parts: RehearsalParts;
  /** The last one stays: the compiler discards code for objects that no longer exist. */
  private stage: Stage;
  private timer: NodeJS.Timeout | undefined;
  private slice = 0;
  private clients = 0;
  /** Real messages so far, and at the last look. */
  private real = 0;
  private realBefore = 0;

  constructor(parts: RehearsalParts) {
    this.parts = parts;
    this.stage = new Stage(parts, 0);
    this.plan();
  }

  /** So many real messages have come. They go first, and do as well. */
  giveWay(count: number): void {
    this.real += count;
  }

  /** Ends it, if it has not ended by itself. */
  stop(): void {
    clearTimeout(this.timer);
    this.stage.stop();
  }

  /** The next slice comes after as long as the last one took: on a slow machine others have half of the time. */
  private plan(took: Milliseconds = 0): void {
    this.timer = setTimeout(() => this.next(), Math.max(REHEARSAL_PAUSE_MS, took)).unref();
  }

  /** New clients ask, and the clients of the slice before take their offers. */
  private next(): void {
    const isOver = this.slice === REHEARSAL_SLICES || this.real >= REHEARSAL_REAL_ENOUGH;
    if (isOver || !this.parts.isIdle()) return this.stop();
    if (this.real !== this.realBefore) {
      this.realBefore = this.real;
      return this.plan();
    }
    if (this.slice > 0 && this.slice % REHEARSAL_STAGE_SLICES === 0) {
      this.stage.stop();
      this.stage = new Stage(this.parts, this.slice / REHEARSAL_STAGE_SLICES);
      // Not before: in a storm of clients that begins with the server there is no time for it.
      if (this.slice === REHEARSAL_STAGE_SLICES) this.parts.memory.releaseProgram();
    }
    const began = this.parts.clock.monotonic();
    this.slice += 1;
    if (this.stage.isChecking) this.checkAddresses();
    const { backend, pipeline } = this.stage;
    const replied = backend.replied.splice(0);
    const offers = this.slice % 2 === 0 ? replied.slice(0, RECEIVE_BATCH) : [];
    for (const [slot, { address, client }] of offers.entries())
      backend.write(slot, MessageType.request, client, address);
    for (let slot = offers.length; slot < RECEIVE_BATCH; slot++)
      backend.write(slot, MessageType.discover, ++this.clients, 0);
    // Full batches one after the other, and others.
    const isFull = this.slice % REHEARSAL_STAGE_SLICES <= BEHIND_BATCHES;
    pipeline.onBatch(backend.receive(isFull ? RECEIVE_BATCH : RECEIVE_BATCH - 1));
    this.parts.memory.note(RECEIVE_BATCH);
    this.plan(this.parts.clock.monotonic() - began);
  }

  /** As many new addresses count as checked as there may be new clients in a slice. */
  private checkAddresses(): void {
    const { table, checked } = this.stage.serving;
    const until = this.parts.clock.monotonic() / 1000 + CHECKED_SECONDS;
    const before = (this.slice % REHEARSAL_STAGE_SLICES) * RECEIVE_BATCH;
    for (const first of RANGES) {
      for (let i = 0; i < RECEIVE_BATCH; i++) {
        const slot = table.slotOf(first + before + i);
        checked.add(table.poolOf(slot), slot, until);
      }
    }
  }
}
