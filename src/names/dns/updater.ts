// Brings the DNS in step with the table of names: one address after the other, a few at once, never two that are about
// one name. Each step follows from the names in the DNS and the wanted ones at the time of the address's turn, so that
// waiting loses nothing: the updater leaves a silent server alone for longer and longer, and then makes the changes
// that have come up meanwhile.

import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import {
  DNS_CONFLICT_MS,
  DNS_LOOKS_PER_STEP,
  DNS_PAUSE_MOST_MS,
  DNS_PAUSE_MS,
  DNS_UPDATES_AT_ONCE,
} from "../../base/limits/names.ts";
import type { Pace } from "../../base/pace.ts";
import type { Milliseconds } from "../../base/time.ts";
import type { DnsZone } from "../../config/model/dns.ts";
import type { Logger } from "../../log.ts";
import { Notices } from "../notices.ts";
import { SplitMap } from "../split-map.ts";
import { AddressLists, AddressQueue } from "./address-queue.ts";
import { failureText } from "./failure-text.ts";
import type { Update } from "./message.ts";
import type { DnsName, Outcome } from "./rules.ts";
import { afterStep, isSame, type Known, ruleOf, type Step, stepsOf } from "./steps.ts";
import { NoAnswer } from "./zone-server.ts";

/** Its parts. */
export interface UpdaterParts {
  readonly zones: readonly DnsZone[];
  /** The name that the DNS should have for an address; undefined: none. */
  readonly wanted: (address: Ipv4) => DnsName | undefined;
  /** Sends an update; resolves with the answer, rejects with NoAnswer. */
  readonly send: (zone: DnsZone, update: Update) => Promise<number>;
  readonly log: Logger;
  /** The pace of the parts that follow leases: it decides when updates begin. */
  readonly pace: Pace;
}

/** A zone whose server did not take an update. */
interface Trouble {
  /** Milliseconds of the monotonic clock. */
  until: number;
  pause: Milliseconds;
  readonly text: string;
}

/** A name that has another owner in the DNS. */
interface Conflict {
  readonly want: DnsName;
  /** Ends the wait for the next attempt. */
  readonly retry: NodeJS.Timeout;
}

/** The updater of one server. */
export class Updater {
  readonly counters: Record<string, number> = { "dns-updates": 0, "dns-update-failures": 0, "dns-update-conflicts": 0 };
  private readonly parts: UpdaterParts;
  private zones: ReadonlyMap<string, DnsZone>;
  private readonly known = new SplitMap<Ipv4, Known>();
  private readonly conflicts = new Map<Ipv4, Conflict>();
  private readonly notices = new Notices();
  /** Addresses that are looked at next. */
  private readonly ready = new AddressQueue();
  /** Addresses that are to be looked at as well. */
  private readonly lists = new AddressLists();
  /** Addresses whose next step is in a paused zone, by zone. */
  private readonly paused = new Map<string, AddressQueue>();
  /** Names and addresses that updates are under way for, with the addresses that wait for them. */
  private readonly busy = new Map<string, AddressQueue>();
  /** Where an address waits that is not ready. */
  private readonly places = new Map<Ipv4, AddressQueue>();
  private readonly troubles = new Map<string, Trouble>();
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: UpdaterParts) {
    this.parts = parts;
    this.zones = byName(parts.zones);
  }

  /** Addresses that wait for their turn. */
  get waiting(): number {
    return this.ready.size + this.lists.size + this.places.size + this.underWay;
  }

  /** Other zones are to be updated from now on. */
  useZones(zones: readonly DnsZone[]): void {
    this.zones = byName(zones);
    this.troubles.clear();
    for (const [address, { retry }] of this.conflicts) {
      clearTimeout(retry);
      this.note(address);
    }
    this.conflicts.clear();
    this.wake();
  }

  /** A name that an earlier run of the server may have left in the DNS. */
  assume(name: DnsName): void {
    if (this.known.has(name.address)) return;
    this.known.set(name.address, { forward: name, reverse: name });
    this.note(name.address);
  }

  /** The wanted name of an address may have changed. */
  note(address: Ipv4): void {
    this.places.get(address)?.delete(address);
    this.places.delete(address);
    this.ready.add(address);
    this.wake();
  }

  /** The same of many, about so many, which are walked a few at a time. */
  noteAll(addresses: Iterable<Ipv4>, count: number): void {
    this.lists.add(addresses, count);
    this.wake();
  }

  private wake(): void {
    this.parts.pace.start(this.lookAtSome);
  }

  /** A step of the pace. */
  private readonly lookAtSome = (): boolean => {
    for (let i = 0; i < DNS_LOOKS_PER_STEP; i++) {
      // The end of each update wakes.
      if (this.underWay >= DNS_UPDATES_AT_ONCE) return false;
      const address = this.take();
      if (address === undefined) {
        this.sleep();
        return false;
      }
      // The pace charges what an update costs to this call.
      if (this.lookAt(address)) return true;
    }
    return true;
  };

  private take(): Ipv4 | undefined {
    const ready = this.ready.take();
    if (ready !== undefined) return ready;
    const listed = this.lists.take();
    if (listed !== undefined) return listed;
    for (const [zone, queue] of this.paused) {
      if (this.isPaused(zone)) continue;
      const address = queue.take();
      if (address === undefined) this.paused.delete(zone);
      else return address;
    }
    return undefined;
  }

  /** Until the first zone that addresses wait for is to be tried again. */
  private sleep(): void {
    clearTimeout(this.timer);
    const ends = [...this.paused.keys()].map((zone) => this.troubles.get(zone)?.until ?? 0);
    if (ends.length === 0) return;
    this.timer = setTimeout(() => this.wake(), Math.max(0, Math.min(...ends) - performance.now()) + 1).unref();
  }

  /** Starts the next step for an address, if there is one, or has it wait. Whether one was started. */
  private lookAt(address: Ipv4): boolean {
    this.places.get(address)?.delete(address);
    this.places.delete(address);
    this.ready.delete(address);
    const known = this.known.get(address) ?? {};
    const want = this.wantedOf(address);
    const step = stepsOf(known, want).find(({ owner }) => this.zoneOf(owner) !== undefined);
    const zone = step && this.zoneOf(step.owner);
    if (step === undefined || zone === undefined) return false;
    const keys = new Set([formatIpv4(address)]);
    for (const dns of [known.forward, known.reverse, want])
      if (dns !== undefined) keys.add(dns.name).add(dns.reverseName);
    for (const key of keys) {
      const queue = this.busy.get(key);
      if (queue !== undefined) return this.hold(address, queue);
    }
    if (this.isPaused(zone.name)) return this.hold(address, this.pausedIn(zone));
    void this.start(address, step, zone, keys);
    return true;
  }

  private hold(address: Ipv4, queue: AddressQueue): false {
    this.places.get(address)?.delete(address);
    queue.add(address);
    this.places.set(address, queue);
    return false;
  }

  private pausedIn({ name }: DnsZone): AddressQueue {
    const queue = this.paused.get(name) ?? new AddressQueue();
    this.paused.set(name, queue);
    return queue;
  }

  /** The wanted name; the updater asks again for a name with another owner only when its time has come. */
  private wantedOf(address: Ipv4): DnsName | undefined {
    const want = this.parts.wanted(address);
    const conflict = this.conflicts.get(address);
    if (conflict === undefined) return want;
    if (isSame(conflict.want, want)) return undefined;
    clearTimeout(conflict.retry);
    this.conflicts.delete(address);
    return want;
  }

  private async start(address: Ipv4, step: Step, zone: DnsZone, keys: ReadonlySet<string>): Promise<void> {
    for (const key of keys) this.busy.set(key, new AddressQueue());
    this.underWay++;
    await this.carryOut(address, step, zone);
    for (const key of keys) {
      const queue = this.busy.get(key);
      this.busy.delete(key);
      for (let other = queue?.take(); other !== undefined; other = queue?.take()) this.note(other);
    }
    this.underWay--;
    // The next step, or the same one again when the zone is.
    this.lookAt(address);
    this.wake();
  }

  private async carryOut(address: Ipv4, step: Step, zone: DnsZone): Promise<void> {
    let outcome: Outcome | NoAnswer;
    try {
      outcome = await ruleOf(step)(zone.name, step.dns, (update) => this.parts.send(zone, update));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      outcome = error;
    }
    if (outcome !== "done" && outcome !== "conflict") {
      this.count("dns-update-failures");
      return this.noteFailure(zone, failureText(zone, outcome));
    }
    this.count("dns-updates");
    this.noteSuccess(zone);
    if (outcome === "conflict") this.noteConflict(step.dns);
    else this.remember(address, afterStep(this.known.get(address) ?? {}, step));
  }

  private remember(address: Ipv4, known: Known): void {
    if (known.forward === undefined && known.reverse === undefined) this.known.delete(address);
    else this.known.set(address, known);
  }

  /** The zone that a name is in: the one with the longest name. */
  private zoneOf(name: string): DnsZone | undefined {
    for (let rest = name; ; rest = rest.slice(rest.indexOf(".") + 1)) {
      const zone = this.zones.get(rest);
      if (zone !== undefined || !rest.includes(".")) return zone;
    }
  }

  private isPaused(zone: string): boolean {
    const trouble = this.troubles.get(zone);
    return trouble !== undefined && trouble.until > performance.now();
  }

  private noteFailure({ name }: DnsZone, text: string): void {
    const before = this.troubles.get(name);
    const pause = before === undefined ? DNS_PAUSE_MS : before.pause;
    const isOver = before === undefined || performance.now() >= before.until;
    if (before?.text !== text)
      this.parts.log.error(
        { event: "names", zone: name },
        `zone ${name} is not updated: ${text}; the names wait, and the server tries again`,
      );
    const next = isOver && before !== undefined ? Math.min(DNS_PAUSE_MOST_MS, pause * 2) : pause;
    this.troubles.set(name, { until: performance.now() + next, pause: next, text });
  }

  private noteSuccess({ name }: DnsZone): void {
    // An answer to an update from before the failure says nothing of the server now.
    if (this.isPaused(name) || !this.troubles.delete(name)) return;
    this.parts.log.info({ event: "names", zone: name }, `zone ${name} is updated again`);
  }

  private noteConflict(want: DnsName): void {
    const { address, name } = want;
    this.count("dns-update-conflicts");
    const retry = setTimeout(() => {
      this.conflicts.delete(address);
      this.note(address);
    }, DNS_CONFLICT_MS).unref();
    clearTimeout(this.conflicts.get(address)?.retry);
    this.conflicts.set(address, { want, retry });
    if (!this.notices.take()) return;
    this.parts.log.info(
      { event: "names", address: formatIpv4(address), name },
      `${formatIpv4(address)} does not get the name ${name} in the DNS: the name has another owner there`,
    );
  }

  private count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

function byName(zones: readonly DnsZone[]): ReadonlyMap<string, DnsZone> {
  return new Map(zones.map((zone) => [zone.name, zone]));
}
