// Listeners that follow the kernel's interfaces: they open for what appears and close for what vanishes, at open(), at
// reconfigure() and a moment after every netlink event. If a listener cannot be opened at open(), that is an error and
// nothing stays open; later the log says it once, and the next event tries again. If there is nothing to listen on yet,
// open() logs what it waits for and succeeds: the first interface or address that fits is served when it appears.
//
// A new picture of the interfaces takes effect for the backend and for the server (onView) in one and the same call,
// before any listener is opened or closed for it.
//
// The daemon also ends (helper-gone) when it needs a new listener and the helper that would open it is gone.
//
// The end: an interface or address that is gone may come back, under the same name or in the same network, so losing
// all of them is an error in the log, and the daemon goes on. The daemon ends (onFatal, listeners-lost) when no
// listener is left and none can come back: the helper, which would have to open it, is gone; or every listener wanted
// now is refused for a reason that no interface event cures (the port is taken, no permission, the socket itself
// fails).

import { DaemonError } from "../../base/daemon-error.ts";
import { textOf } from "../../base/errors.ts";
import type { Interface } from "../../base/interface.ts";
import { Interfaces } from "../../base/interfaces.ts";
import { LOOK_AGAIN_MS } from "../../base/limits/backend.ts";
import type { MonotonicMilliseconds } from "../../base/time.ts";
import type { Helper } from "../../helper/helper.ts";
import type { Closable, NativeInterface } from "../../native/addon.ts";
import { awaitedText } from "../awaited.ts";
import type { WantedListeners } from "../backend.ts";
import type { BurstNotices } from "../burst-notices.ts";
import { AddressPresence } from "./address-presence.ts";
import { InterfaceMonitor, isSamePicture, snapshotInterfaces } from "./interfaces.ts";
import {
  type AppliedPlan,
  type ListenerSet,
  type ListenerSocket,
  listenError,
  type OpenFailure,
} from "./listener-set.ts";
import type { ListenerPlan } from "./listeners.ts";
import { LocalView } from "./local-view.ts";

/** How urgent a notice is. */
export type NoticeLevel = "info" | "warn" | "error";

const NOTHING_WANTED: WantedListeners = {
  interfaces: [],
  addresses: [],
  wildcard: false,
  networks: [],
  isServed: () => false,
};

/** Failures that an interface event may cure: the address vanished between the dump and the bind. */
const PASSING: ReadonlySet<OpenFailure["code"]> = new Set<OpenFailure["code"]>(["no-address", "refused"]);

/** The parts that a ListenerFollow works with. */
export interface ListenerFollowParts {
  readonly helper: Helper;
  readonly sockets: ListenerSet<ListenerSocket>;
  readonly bursts: BurstNotices;
  /** "pid name;pid name": processes that held port 67 before; empty if none did, or not known. */
  readonly portHolders: string;
  readonly notice: (level: NoticeLevel, message: string) => void;
  /** Monotonic clock. */
  now(): MonotonicMilliseconds;
  /** Lists the interfaces; throws the kernel's error. */
  list(): readonly NativeInterface[];
  /** Starts to watch for changes of them, until the returned watch is closed. */
  watch(onChange: () => void): Closable;
  plan(interfaces: readonly Interface[], wanted: WantedListeners): ListenerPlan;
  /** From here on `view` is in force. `isNew`: with another picture of the interfaces. */
  onView(view: LocalView, plan: ListenerPlan, wanted: WantedListeners, isNew: boolean): void;
  /** Listeners were opened or closed, or the interfaces have changed, and all of it is done. */
  onFollowed(plan: ListenerPlan, wanted: WantedListeners): void;
  /** A listener could not be opened. */
  onFailed(): void;
  onFatal(error: Error): void;
}

/** See the head of this file. */
export class ListenerFollow {
  private readonly parts: ListenerFollowParts;
  private current = new LocalView(new Interfaces(0, []), [], []);
  private wantedNow: WantedListeners = NOTHING_WANTED;
  private plan: ListenerPlan = { listeners: [], served: [], answered: [], notes: [] };
  private monitor: InterfaceMonitor | undefined;
  private readonly presence = new AddressPresence();
  /** When lookAgain() may list the interfaces once more. */
  private nextLookAt: MonotonicMilliseconds = Number.NEGATIVE_INFINITY;
  /** Failures that have been said, by listener and reason. */
  private saidFailures: ReadonlySet<string> = new Set();
  /** Ends when all changes so far are done: they follow one another. */
  private work: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(parts: ListenerFollowParts) {
    this.parts = parts;
  }

  /** What received datagrams are judged by at present. */
  get view(): LocalView {
    return this.current;
  }

  /** The wanted listeners. */
  get wanted(): WantedListeners {
    return this.wantedNow;
  }

  /** Opens the listeners. Rejects with DaemonError; close() then. */
  async open(): Promise<void> {
    const { parts } = this;
    // The watch before the first dump: what changes in between is noticed.
    this.monitor = new InterfaceMonitor(
      (onChange) => parts.watch(onChange),
      () => this.follow(),
    );
    this.apply(snapshotInterfaces(parts.list()));
    this.requireListeners(await parts.sockets.apply(this.plan.listeners));
    parts.onFollowed(this.plan, this.wantedNow);
  }

  /** Asks anew which listeners are wanted; resolves when they are open, if open() was called. */
  reconfigure(wanted: WantedListeners): Promise<void> {
    this.wantedNow = wanted;
    return this.monitor === undefined ? Promise.resolve() : this.enqueue();
  }

  /** Something may have changed: the interfaces are listed again in a moment. */
  poke(): void {
    this.monitor?.poke();
  }

  /**
   * A datagram came to an address that the view does not have, so the word of that address is on its way to us: lists
   * the interfaces at once and returns the view by which the datagram is to be judged.
   */
  lookAgain(): LocalView {
    const now = this.parts.now();
    if (this.isClosed || now < this.nextLookAt) return this.current;
    const before = this.current.interfaces.list;
    const interfaces = this.dump() ?? before;
    if (isSamePicture(interfaces, before)) {
      this.nextLookAt = now + LOOK_AGAIN_MS;
      return this.current;
    }
    this.apply(interfaces);
    this.monitor?.poke();
    return this.current;
  }

  /** Follows no more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.monitor?.close();
    await this.work;
  }

  /** Puts a picture of the interfaces in force. */
  private apply(list: readonly Interface[]): void {
    const { parts, wantedNow } = this;
    const before = this.current.interfaces;
    const isNew = before.number === 0 || !isSamePicture(before.list, list);
    const interfaces = isNew ? new Interfaces(before.number + 1, list) : before;
    const said = new Set(this.plan.notes.map((note) => note.message));
    this.plan = parts.plan(interfaces.list, wantedNow);
    this.current = new LocalView(interfaces, this.plan.served, wantedNow.addresses, this.plan.answered);
    parts.onView(this.current, this.plan, wantedNow, isNew);
    const presence = this.presence.follow(interfaces.list, wantedNow.addresses);
    const fresh = this.plan.notes.filter((note) => !said.has(note.message));
    for (const note of [...fresh, ...presence]) parts.notice(note.level, note.message);
  }

  private follow(): void {
    this.enqueue().catch((error: unknown) => {
      if (!this.isClosed) this.parts.onFatal(error instanceof Error ? error : new Error(String(error)));
    });
  }

  private enqueue(): Promise<void> {
    const step = this.work.then(() => this.reconcile());
    this.work = step.catch(() => undefined);
    return step;
  }

  private async reconcile(): Promise<void> {
    if (this.isClosed) return;
    const { sockets } = this.parts;
    const before = this.current.interfaces;
    this.apply(this.dump() ?? before.list);
    const hadListeners = sockets.size > 0;
    const applied = await sockets.apply(this.plan.listeners);
    if (this.isClosed) return;
    this.sayChanges(applied);
    const isChanged = applied.opened.length > 0 || applied.closed.length > 0;
    if (isChanged || before !== this.current.interfaces) this.parts.onFollowed(this.plan, this.wantedNow);
    this.endIfLost(applied, hadListeners);
  }

  private dump(): readonly Interface[] | undefined {
    const { parts } = this;
    try {
      return snapshotInterfaces(parts.list());
    } catch (error) {
      if (parts.bursts.begins("dump")) parts.notice(...describeDumpError(error));
      this.monitor?.poke();
      return undefined;
    }
  }

  private sayChanges(applied: AppliedPlan): void {
    const { notice } = this.parts;
    for (const plan of applied.closed) notice("warn", `no longer listening on ${plan.description}`);
    for (const plan of applied.opened) notice("info", `listening on ${plan.description}`);
    const said = new Set<string>();
    for (const [plan, failure] of applied.failed) {
      const text = `cannot listen on ${plan.description}: ${failure.reason}`;
      said.add(text);
      if (this.saidFailures.has(text)) continue;
      this.parts.onFailed();
      notice("error", `${text}; tried again when interfaces change`);
    }
    this.saidFailures = said;
  }

  private endIfLost(applied: AppliedPlan, hadListeners: boolean): void {
    const { parts } = this;
    const unhelped = [...applied.failed].find(([, failure]) => failure.code === "helper-gone");
    if (unhelped !== undefined) {
      const text = `cannot listen on ${unhelped[0].description}: the helper, which opens listeners, is gone: only a new start helps`;
      return parts.onFatal(new DaemonError("helper-gone", text));
    }
    if (parts.sockets.size > 0) return;
    const failures = [...applied.failed.values()];
    const isForGood = failures.length > 0 && failures.every((failure) => !PASSING.has(failure.code));
    if (isForGood) this.endWithoutListeners(failures.map((failure) => failure.reason).join("; "));
    else if (!parts.helper.present) this.endWithoutListeners("the helper is gone");
    else if (hadListeners) {
      parts.notice("error", "no listener is left: nobody is served until an interface or address comes back");
    }
  }

  private endWithoutListeners(reason: string): void {
    this.parts.onFatal(new DaemonError("listeners-lost", `the last listener is lost: ${reason}`));
  }

  private requireListeners(applied: AppliedPlan): void {
    const { parts } = this;
    for (const [plan, failure] of applied.failed) {
      if (!PASSING.has(failure.code)) throw listenError(plan, failure, parts.portHolders);
      parts.notice("warn", `cannot listen on ${plan.description} yet: ${failure.reason}`);
      this.monitor?.poke();
    }
    if (parts.sockets.size > 0) return;
    const refused = [...applied.failed].filter(([, failure]) => failure.code !== "no-address");
    if (refused.length > 0) {
      const reasons = refused.map(([plan, failure]) => `${plan.description}: ${failure.reason}`);
      throw new DaemonError("bind-failed", `no listener could be opened: ${reasons.join("; ")}`);
    }
    parts.notice("warn", awaitedText(this.wantedNow, this.plan.notes));
  }
}

/** EINTR is the kernel's word for tables that changed in each of many attempts. */
function describeDumpError(error: unknown): ["warn" | "error", string] {
  const isChanging = error instanceof Error && "code" in error && error.code === "EINTR";
  return isChanging
    ? ["warn", "interfaces and addresses change faster than they can be listed: the last list counts until they rest"]
    : ["error", `cannot list the interfaces: ${textOf(error)}`];
}
