// What the udp and the bpf backend have in common: sockets opened by the helper that follow the
// kernel's interfaces, the ICMP socket, notices, and the end.
//
// What appears is opened, what vanishes is closed, at open(), at reconfigure() and a moment after
// every netlink event. At open() a listener that cannot be had is an error and nothing stays open;
// later it is said once and tried again at the next event. If there is nothing to listen on yet, open() says what
// it waits for and succeeds: the first interface or address that fits is served when it appears.
//
// A listener that is wanted and cannot be had because the helper is gone ends the daemon too (helper-gone).
//
// The end: an interface or address that is gone may come back, under the same name or in the same
// network, so to lose all of them is an error in the log and not the end. The end (onFatal,
// listeners-lost) is when no listener is left and none can come back: the helper, which would have
// to open it, is gone; or every listener wanted now is refused for a reason that no interface event
// cures (the port is taken, no permission, the socket itself fails).
//
// open() takes over helper.onGone and calls the handler it found there.

import { DaemonError } from "../base/daemon-error.ts";
import type { Interface } from "../base/interface.ts";
import type { Ipv4 } from "../base/ipv4.ts";
import { HELPER_BATCH, LOOK_AGAIN_MS } from "../base/limits.ts";
import type { Helper } from "../helper/helper.ts";
import { EchoSocket } from "../native/echo-socket.ts";
import { InterfaceWatch, listInterfaces, listNeighbours } from "../native/interfaces.ts";
import { NeighbourRows, NeighbourTable } from "../native/rows.ts";
import type { Arrival } from "../wire/arrival.ts";
import { awaitedText } from "./awaited.ts";
import type { Backend, BackendEvents, ListenerStatus, ReplyBatch, WantedListeners } from "./backend.ts";
import { type BackendCounters, Count } from "./backend-counters.ts";
import { BurstNotices } from "./burst-notices.ts";
import { AddressPresence } from "./listen/address-presence.ts";
import { InterfaceMonitor, isSamePicture, snapshotInterfaces } from "./listen/interfaces.ts";
import {
  type AppliedPlan,
  type ListenerSet,
  type ListenerSocket,
  listenError,
  type OpenFailure,
} from "./listen/listener-set.ts";
import type { ListenerPlan, PlannedListener } from "./listen/listeners.ts";
import { LocalView } from "./listen/local-view.ts";
import type { ReceiveBatch } from "./receive-batch.ts";
import type { ReplySender, ReplySenderParts } from "./reply-sender.ts";
import { SettingWarnings } from "./setting-warnings.ts";
import type { SettingReader } from "./startup-warnings.ts";

/** How urgent a notice is. */
export type NoticeLevel = "info" | "warn" | "error";

/** What a backend on sockets is made of. */
export interface SocketBackendOptions {
  /** Opens every socket; sets neighbour entries where it can. */
  readonly helper: Helper;
  /** Who held port 67 when the daemon was launched: "pid name;pid name"; empty if nobody, or not known. */
  readonly portHolders?: string;
  /** Takes what the user should know. */
  readonly notice: (level: NoticeLevel, message: string) => void;
  /** Monotonic clock in milliseconds; by default the process's. */
  readonly now?: () => number;
  /** Reads a setting below /proc/sys/net/ipv4/conf; by default from there. */
  readonly readSetting?: SettingReader;
}

const NOTHING_WANTED: WantedListeners = {
  interfaces: [],
  addresses: [],
  wildcard: false,
  networks: [],
  isServed: () => false,
};

const NOBODY = new NeighbourTable(new Uint32Array(0));

/** Failures that an interface event may cure: the address vanished between the dump and the bind. */
const PASSING: ReadonlySet<OpenFailure["code"]> = new Set<OpenFailure["code"]>(["no-address", "refused"]);

/** A backend on sockets that the helper opens. Call reconfigure() before open() to say what is wanted. */
export abstract class SocketBackend implements Backend {
  abstract readonly name: Backend["name"];
  onEcho: (source: Ipv4, identifier: number, sequence: number) => void = () => undefined;
  protected readonly options: SocketBackendOptions;
  protected view = new LocalView([], [], []);
  protected abstract readonly tally: BackendCounters;
  protected abstract readonly received: ReceiveBatch;
  protected abstract readonly sockets: ListenerSet<ListenerSocket>;
  protected abstract readonly sender: ReplySender;
  private readonly bursts: BurstNotices;
  private readonly now: () => number;
  private events: BackendEvents | undefined;
  protected wanted: WantedListeners = NOTHING_WANTED;
  private interfaces: readonly Interface[] = [];
  private plan: ListenerPlan = { listeners: [], served: [], answered: [], notes: [] };
  private monitor: InterfaceMonitor | undefined;
  private readonly presence = new AddressPresence();
  /** When lookAgain() may list the interfaces once more. */
  private nextLookAt = Number.NEGATIVE_INFINITY;
  private readonly settings: SettingWarnings;
  /** Failures that have been said, by listener and reason. */
  private saidFailures: ReadonlySet<string> = new Set();
  private echo: EchoSocket | undefined;
  /** Ends when all changes so far are done: they follow one another. */
  private work: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(options: SocketBackendOptions) {
    this.options = options;
    this.now = options.now ?? (() => performance.now());
    this.bursts = new BurstNotices(this.now);
    this.settings = new SettingWarnings(options.readSetting, (message) => options.notice("warn", message));
  }

  /** Which listeners this backend wants. */
  protected abstract planOf(interfaces: readonly Interface[], wanted: WantedListeners): ListenerPlan;

  /** What every backend's ReplySender works with. */
  protected senderParts(): Omit<ReplySenderParts, "socket" | "takesEntries" | "counters"> {
    return {
      helper: this.options.helper,
      bursts: this.bursts,
      now: this.now,
      view: () => this.view,
      warn: (message) => this.options.notice("warn", message),
      onSent: (batch) => this.events?.onSent(batch),
    };
  }

  get receiveArena(): Uint8Array {
    return this.received.arena;
  }

  async open(events: BackendEvents): Promise<readonly Interface[]> {
    this.events = events;
    this.followHelper();
    try {
      // The watch before the first dump: what changes in between is noticed.
      this.monitor = new InterfaceMonitor(
        (onChange) => new InterfaceWatch(onChange),
        () => this.follow(),
      );
      this.look(snapshotInterfaces(listInterfaces()));
      this.requireListeners(await this.sockets.apply(this.plan.listeners));
    } catch (error) {
      await this.close();
      throw error;
    }
    await this.openEcho();
    this.warnOfSettings();
    return this.interfaces;
  }

  reconfigure(wanted: WantedListeners): Promise<void> {
    this.wanted = wanted;
    if (this.events === undefined) return Promise.resolve();
    return this.enqueue();
  }

  offsetOf(slot: number): number {
    return this.received.offsetOf(slot);
  }

  lengthOf(slot: number): number {
    return this.received.lengthOf(slot);
  }

  arrivalOf(slot: number): Arrival {
    return this.received.arrivalOf(slot);
  }

  send(batch: ReplyBatch): void {
    this.sender.send(batch);
  }

  abstract shed(share: number): void;

  isQueueLong(): boolean {
    return this.sockets.isQueueLong();
  }

  sendEcho(destination: Ipv4, source: Ipv4, ifindex: number, identifier: number, sequence: number): boolean {
    if (this.echo === undefined) return false;
    const isSent = this.echo.send(destination, source, ifindex, identifier, sequence) === 0;
    if (!isSent) this.tally.count(Count.echoFailed);
    return isSent;
  }

  neighbours(): NeighbourTable {
    try {
      return listNeighbours();
    } catch (error) {
      if (this.bursts.begins("neighbours")) this.options.notice("warn", `cannot list the neighbours: ${textOf(error)}`);
      return NOBODY;
    }
  }

  stopAsking(rows: NeighbourRows, count: number): boolean {
    const { helper } = this.options;
    if (!helper.present || helper.sendsFrames) return false;
    const entries = new NeighbourRows(HELPER_BATCH);
    for (let row = 0; row < count; row++) {
      const place = row % HELPER_BATCH;
      entries.copyFrom(rows, row, place);
      if (place === HELPER_BATCH - 1 || row === count - 1) helper.deleteNeighbours(entries, place + 1);
    }
    return true;
  }

  get listeners(): readonly ListenerStatus[] {
    return this.sockets.status();
  }

  get counters(): ReadonlyMap<string, number> {
    return this.tally.toMap(this.sockets.lost());
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.monitor?.close();
    this.sender.close();
    this.sockets.close();
    this.echo?.close();
    this.echo = undefined;
    await this.work;
  }

  /** Hands over what listener `number` has put into the first `count` slots. */
  protected receive(number: number, count: number): void {
    const kept = this.received.take(count, number, this.view);
    if (kept > 0) this.events?.onBatch(kept, count);
  }

  /** Takes in a new picture of the interfaces: from here on arrivals and sources are judged by it. */
  protected look(interfaces: readonly Interface[]): void {
    this.interfaces = interfaces;
    const said = new Set(this.plan.notes.map((note) => note.message));
    this.plan = this.planOf(interfaces, this.wanted);
    this.view = new LocalView(interfaces, this.plan.served, this.wanted.addresses, this.plan.answered);
    const presence = this.presence.follow(interfaces, this.wanted.addresses);
    const fresh = this.plan.notes.filter((note) => !said.has(note.message));
    for (const note of [...fresh, ...presence]) this.options.notice(note.level, note.message);
  }

  /**
   * A datagram came to an address that the view does not have, so the word of that address is on its way to us: lists
   * the interfaces at once and returns the view by which the datagram is to be judged.
   */
  protected lookAgain(): LocalView {
    const now = this.now();
    if (this.isClosed || now < this.nextLookAt) return this.view;
    const interfaces = this.dump() ?? this.interfaces;
    if (isSamePicture(interfaces, this.interfaces)) {
      this.nextLookAt = now + LOOK_AGAIN_MS;
      return this.view;
    }
    this.look(interfaces);
    this.events?.onInterfaces(interfaces);
    this.monitor?.poke();
    return this.view;
  }

  /** Something may have changed: look, and follow. */
  private follow(): void {
    this.enqueue().catch((error: unknown) => {
      if (!this.isClosed) this.events?.onFatal(error instanceof Error ? error : new Error(String(error)));
    });
  }

  private enqueue(): Promise<void> {
    const step = this.work.then(() => this.reconcile());
    this.work = step.catch(() => undefined);
    return step;
  }

  private async reconcile(): Promise<void> {
    if (this.isClosed) return;
    const before = this.interfaces;
    this.look(this.dump() ?? before);
    const hadListeners = this.sockets.size > 0;
    const applied = await this.sockets.apply(this.plan.listeners);
    if (this.isClosed) return;
    this.sayChanges(applied);
    const isChanged = applied.opened.length > 0 || applied.closed.length > 0;
    if (isChanged || !isSamePicture(before, this.interfaces)) {
      this.events?.onInterfaces(this.interfaces);
      this.warnOfSettings();
    }
    const unhelped = [...applied.failed].find(([, failure]) => failure.code === "helper-gone");
    if (unhelped !== undefined) return this.endWithoutHelper(unhelped[0].description);
    if (this.sockets.size > 0) return;
    const failures = [...applied.failed.values()];
    const isForGood = failures.length > 0 && failures.every((failure) => !PASSING.has(failure.code));
    if (isForGood) this.endWithoutListeners(failures.map((failure) => failure.reason).join("; "));
    else if (!this.options.helper.present) this.endWithoutListeners("the helper is gone");
    else if (hadListeners) {
      this.options.notice("error", "no listener is left: nobody is served until an interface or address comes back");
    }
  }

  private dump(): readonly Interface[] | undefined {
    try {
      return snapshotInterfaces(listInterfaces());
    } catch (error) {
      if (this.bursts.begins("dump")) this.options.notice(...describeDumpError(error));
      this.monitor?.poke();
      return undefined;
    }
  }

  private sayChanges(applied: AppliedPlan): void {
    const { notice } = this.options;
    for (const plan of applied.closed) notice("warn", `no longer listening on ${plan.description}`);
    for (const plan of applied.opened) notice("info", `listening on ${plan.description}`);
    const said = new Set<string>();
    for (const [plan, failure] of applied.failed) {
      const text = `cannot listen on ${plan.description}: ${failure.reason}`;
      said.add(text);
      if (this.saidFailures.has(text)) continue;
      this.tally.count(Count.listenerFailed);
      notice("error", `${text}; tried again when interfaces change`);
    }
    this.saidFailures = said;
  }

  private endWithoutHelper(description: string): void {
    const text = `cannot listen on ${description}: the helper, which opens listeners, is gone: only a new start helps`;
    this.events?.onFatal(new DaemonError("helper-gone", text));
  }

  private endWithoutListeners(reason: string): void {
    this.events?.onFatal(new DaemonError("listeners-lost", `the last listener is lost: ${reason}`));
  }

  private requireListeners(applied: AppliedPlan): void {
    for (const [plan, failure] of applied.failed) {
      if (!PASSING.has(failure.code)) throw listenError(plan, failure, this.options.portHolders ?? "");
      this.options.notice("warn", `cannot listen on ${plan.description} yet: ${failure.reason}`);
      this.monitor?.poke();
    }
    if (this.sockets.size > 0) return;
    const refused = [...applied.failed].filter(([, failure]) => failure.code !== "no-address");
    if (refused.length > 0) {
      const reasons = refused.map(([plan, failure]) => `${plan.description}: ${failure.reason}`);
      throw new DaemonError("bind-failed", `no listener could be opened: ${reasons.join("; ")}`);
    }
    this.options.notice("warn", awaitedText(this.wanted, this.plan.notes));
  }

  /** A listener has failed for a reason of its own and is closed. */
  protected lose(plan: PlannedListener, errno: number): void {
    this.tally.count(Count.listenerFailed);
    this.options.notice("error", `no longer listening on ${plan.description}: socket error ${errno}; opened anew`);
    this.monitor?.poke();
  }

  private followHelper(): void {
    const { helper } = this.options;
    const inform = helper.onGone;
    helper.onGone = (reason) => {
      inform(reason);
      if (!this.isClosed && this.sockets.size === 0 && this.monitor !== undefined) this.monitor.poke();
    };
  }

  private async openEcho(): Promise<void> {
    const result = await this.options.helper.listen({ kind: "icmp" });
    if ("code" in result) {
      this.options.notice("info", `no ICMP socket (${result.reason}): addresses are offered without a ping check`);
      return;
    }
    this.echo = new EchoSocket(result.fd, (source, identifier, sequence) => this.onEcho(source, identifier, sequence));
    if (this.isClosed) this.echo.close();
  }

  private warnOfSettings(): void {
    this.settings.look(this.interfaces, this.plan, this.wanted.addresses);
  }
}

/** EINTR is the kernel's word for tables that changed in each of many attempts. */
function describeDumpError(error: unknown): ["warn" | "error", string] {
  const isChanging = error instanceof Error && "code" in error && error.code === "EINTR";
  return isChanging
    ? ["warn", "interfaces and addresses change faster than they can be listed: what was known counts until they rest"]
    : ["error", `cannot list the interfaces: ${textOf(error)}`];
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
