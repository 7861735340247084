// Runs the configuration's script for events of leases: each event in its order, one script at a time, at least once.
// It never holds up a reply. Events that are left when it stops, or that it cannot keep, are made up for: the script
// runs for all leases again.

import { BurstFilter } from "../base/burst-filter.ts";
import {
  SCRIPT_EVENTS_MAX,
  SCRIPT_LINES_A_MINUTE,
  SCRIPT_RUN_COST_MS,
  SCRIPT_TROUBLE_MS,
} from "../base/limits/script.ts";
import type { Pace } from "../base/pace.ts";
import { showOctets } from "../base/text.ts";
import type { EpochSeconds, MonotonicMilliseconds, Seconds } from "../base/time.ts";
import type { Logger } from "../log.ts";
import { callsOf, type NamesOf, repeatedCall, type ScriptEvent, type ScriptLease } from "./calls.ts";
import { type ComesBefore, LeaseReplay } from "./lease-replay.ts";
import { type OpenScriptSocket, ScriptProcess } from "./process.ts";
import { type ScriptCall, ScriptOutcome } from "./protocol.ts";

/** The part of the configuration's statement that a reload may change. */
export interface ScriptSettings {
  readonly path: string;
  readonly timeoutSeconds: Seconds;
  readonly tellsRenewals: boolean;
}

/** Learns what happens to leases. */
export interface ScriptFollower {
  /** Whether the script is going to run for all leases again in any case: a present event would add nothing. */
  readonly isBehind: boolean;
  take(event: ScriptEvent): void;
  /** An event of that time is not described. */
  lose(at: EpochSeconds): void;
  /** The configuration is another one. */
  reload(): void;
}

/** Its parts. */
export interface EventScriptParts {
  readonly open: OpenScriptSocket;
  readonly settings: ScriptSettings;
  /** All leases that are remembered. */
  readonly leases: () => Iterable<ScriptLease>;
  /** Of addresses, in the order of `leases`. */
  readonly comesBefore: ComesBefore;
  readonly namesOf: NamesOf;
  /** Tells `follower` of each event from now on. */
  readonly follow: (follower: ScriptFollower) => void;
  /** The pace of the parts that follow leases: it decides when the script runs. */
  readonly pace: Pace;
  readonly wall: () => EpochSeconds;
  readonly monotonic: () => MonotonicMilliseconds;
  readonly log: Logger;
}

/** Its status. */
export interface EventScriptStatus {
  readonly path: string;
  /** Whether there is a process to run it. */
  readonly isRun: boolean;
  /** Events that wait. */
  readonly waiting: number;
  /** Whether the script is running for all leases. */
  readonly isRepeating: boolean;
}

const MS_PER_MINUTE = 60_000;

/** See the head of this file. */
export class EventScript implements ScriptFollower {
  private readonly parts: EventScriptParts;
  private readonly process: ScriptProcess;
  private settings: ScriptSettings;
  /** Events from `head` on wait. */
  private events: ScriptEvent[] = [];
  private head = 0;
  /** Calls of the present event. */
  private calls: ScriptCall[] = [];
  private current: ScriptCall | undefined;
  private replay: LeaseReplay | undefined;
  /** Events are lost since then that the replay under way does not make up for; undefined: none. */
  private lostSince: EpochSeconds | undefined;
  /** The configuration has become another one during the replay. */
  private isReloaded = false;
  private isPresent = true;
  private runs = 0;
  private failed = 0;
  private losses = 0;
  private restarts = 0;
  private readonly troubles = new BurstFilter(SCRIPT_TROUBLE_MS);
  private lines = 0;
  private linesUntil: MonotonicMilliseconds = 0;

  constructor(parts: EventScriptParts) {
    this.parts = parts;
    this.settings = parts.settings;
    this.process = new ScriptProcess(parts.open, {
      onLine: (octets) => this.logLine(octets),
      onDone: (outcome, value) => this.finish(outcome, value),
      onRestarted: () => this.noteRestart(),
      onGone: (reason) => this.endForGood(reason),
    });
    parts.follow(this);
    // The server before may not have run the script for the last ends.
    this.replay = LeaseReplay.afterStart(parts.leases, parts.wall());
    this.wake();
  }

  get status(): EventScriptStatus {
    const { isPresent: isRun, waiting, replay } = this;
    return { path: this.settings.path, isRun, waiting, isRepeating: replay !== undefined };
  }

  /** anydhcpd(8), COUNTERS. */
  get counters(): Readonly<Record<string, number>> {
    const { runs, failed, losses, restarts, waiting } = this;
    const troubles = { "script-failures": failed, "script-losses": losses, "script-restarts": restarts };
    return { "script-runs": runs, ...troubles, "script-waiting": waiting };
  }

  private get waiting(): number {
    return this.events.length - this.head;
  }

  /** A reload has changed the settings. */
  configure(settings: ScriptSettings): void {
    this.settings = settings;
  }

  close(): void {
    this.isPresent = false;
    this.process.close();
  }

  get isBehind(): boolean {
    return this.lostSince !== undefined || !this.isPresent;
  }

  take(event: ScriptEvent): void {
    if (!this.isPresent) return;
    // The replay that comes next tells it.
    if (this.lostSince !== undefined) this.lostSince = Math.min(this.lostSince, timeOf(event));
    else if (this.replay?.willTell(event, this.parts.comesBefore) === true) return;
    else if (this.waiting >= SCRIPT_EVENTS_MAX) this.lose(timeOf(event));
    else this.events.push(event);
    this.wake();
  }

  reload(): void {
    if (!this.isPresent) return;
    if (this.replay === undefined) this.replay = LeaseReplay.ofRunning(this.parts.leases);
    else this.isReloaded = true;
    this.wake();
  }

  /**
   * Events are lost: the script runs again for all leases, and for the ends since the first lost event. A replay that
   * is under way first goes on to its end, however often this happens: so each lease has its turn, and each end.
   */
  lose(at: EpochSeconds): void {
    if (!this.isPresent) return;
    if (this.lostSince !== undefined) {
      if (at < this.lostSince) this.lostSince = at;
      return;
    }
    const { parts, events } = this;
    let since = at;
    for (let i = this.head; i < events.length; i++) since = Math.min(since, timeOf(events[i] as ScriptEvent));
    events.length = 0;
    this.head = 0;
    this.losses++;
    if (this.replay === undefined) this.replay = LeaseReplay.since(parts.leases, since);
    else this.lostSince = since;
    this.warn("lost", `${this.settings.path} is slower than leases change: the event script runs for all leases again`);
    this.wake();
  }

  /** The replay to begin after a replay: events were lost meanwhile, or the configuration is another one. */
  private nextReplay(): LeaseReplay | undefined {
    const { lostSince, isReloaded, parts } = this;
    this.lostSince = undefined;
    this.isReloaded = false;
    if (lostSince !== undefined) return LeaseReplay.since(parts.leases, lostSince);
    return isReloaded ? LeaseReplay.ofRunning(parts.leases) : undefined;
  }

  private wake(): void {
    if (this.isPresent && this.current === undefined) this.parts.pace.start(this.step);
  }

  /** Runs the script for the next call, if none runs. */
  private readonly step = (): boolean => {
    if (!this.isPresent || this.current !== undefined) return false;
    const call = this.nextCall();
    if (call === "more") return true;
    if (call === undefined) return false;
    this.current = call;
    this.parts.pace.charge(SCRIPT_RUN_COST_MS);
    this.process.run(call, this.settings.timeoutSeconds);
    return false;
  };

  /** "more": there may be one, ask again in another step. */
  private nextCall(): ScriptCall | "more" | undefined {
    const { parts, calls } = this;
    while (calls.length === 0) {
      if (this.replay !== undefined) {
        const step = this.replay.next();
        if (step === "more") return step;
        if (step !== undefined) return repeatedCall(step.action, step.lease, parts.wall(), parts.namesOf);
        this.replay = this.nextReplay();
        continue;
      }
      const event = this.takeEvent();
      if (event === undefined) return undefined;
      calls.push(...callsOf(event, parts.namesOf, this.settings.tellsRenewals));
    }
    return calls.shift();
  }

  private takeEvent(): ScriptEvent | undefined {
    const event = this.events[this.head];
    if (event === undefined) return undefined;
    this.head++;
    if (this.head === this.events.length || this.head >= SCRIPT_EVENTS_MAX) {
      this.events = this.events.slice(this.head);
      this.head = 0;
    }
    return event;
  }

  private finish(outcome: number, value: number): void {
    const { current } = this;
    this.current = undefined;
    this.runs++;
    if (outcome !== ScriptOutcome.exited || value !== 0) {
      this.failed++;
      const of = current === undefined ? "" : ` for ${current.action} ${current.hardware} ${current.address}`;
      this.warn(`${outcome}`, `the event script ${this.settings.path} ${this.outcomeText(outcome, value)}${of}`);
    }
    this.wake();
  }

  private outcomeText(outcome: number, value: number): string {
    if (outcome === ScriptOutcome.exited) return `ended with status ${value}`;
    if (outcome === ScriptOutcome.killed) return `was ended by signal ${value}`;
    if (outcome === ScriptOutcome.tooLong)
      return `took more than ${this.settings.timeoutSeconds} seconds and was ended`;
    return `could not be executed (errno ${value})`;
  }

  private noteRestart(): void {
    this.restarts++;
    this.warn(
      "restarted",
      `the process of the event script was ended and is started again: ${this.settings.path} runs again for the same change`,
    );
  }

  private endForGood(reason: string): void {
    this.isPresent = false;
    this.parts.log.error(
      { event: "script" },
      `the process of the event script ${reason}: ${this.settings.path} is not run until the server is restarted`,
    );
  }

  private warn(kind: string, text: string): void {
    const held = this.troubles.admit(kind, this.parts.monotonic());
    if (held < 0) return;
    this.parts.log.warn({ event: "script" }, held === 0 ? text : `${text}; ${held} more such since the last line`);
  }

  private logLine(octets: Uint8Array): void {
    const { log, monotonic } = this.parts;
    const now = monotonic();
    if (now >= this.linesUntil) {
      this.linesUntil = now + MS_PER_MINUTE;
      this.lines = 0;
    }
    this.lines++;
    if (this.lines > SCRIPT_LINES_A_MINUTE) {
      this.warn("lines", "the event script says too much: more of its output is left out");
      return;
    }
    log.info({ event: "script" }, `event script: ${showOctets(octets)}`);
  }
}

/** When the script should have run for it: for an end, which may be noticed later, the time of the end. */
function timeOf({ at, kind, lease }: ScriptEvent): EpochSeconds {
  return kind === "expired" ? Math.min(at, lease.record.endsAt) : at;
}
