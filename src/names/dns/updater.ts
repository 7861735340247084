// Brings the DNS to what the table of names says: one address after the other, a few at once, none of two that are about one
// name. What is to be done follows from what is in the DNS and what is to be, whenever an address has its turn, so that
// nothing is lost by waiting: a server that does not answer is left alone for longer and longer, and what has changed
// meanwhile is done then.

import { formatIpv4, type Ipv4 } from "../../base/ipv4.ts";
import { DNS_CONFLICT_MS, DNS_PAUSE_MOST_MS, DNS_PAUSE_MS, DNS_UPDATES_AT_ONCE } from "../../base/limits/names.ts";
import type { Milliseconds } from "../../base/time.ts";
import type { DnsZone } from "../../config/model/dns.ts";
import type { Logger } from "../../log.ts";
import { failureText } from "./failure-text.ts";
import type { Update } from "./message.ts";
import {
  addForward,
  addReverse,
  type DnsName,
  type Outcome,
  removeForward,
  removeReverse,
  type Send,
} from "./rules.ts";
import { NoAnswer } from "./zone-server.ts";

/** What it is made of. */
export interface UpdaterParts {
  readonly zones: readonly DnsZone[];
  /** What the DNS is to say of an address; undefined: nothing. */
  readonly wanted: (address: Ipv4) => DnsName | undefined;
  /** Sends an update; resolves with the answer, rejects with NoAnswer. */
  readonly send: (zone: DnsZone, update: Update) => Promise<number>;
  readonly log: Logger;
}

/** A zone whose server did not take an update. */
interface Trouble {
  /** Milliseconds of the monotonic clock. */
  until: number;
  pause: Milliseconds;
  readonly text: string;
}

/** A step that failed and is to be done again. */
class NotNow extends Error {}

/** Of one server. */
export class Updater {
  readonly counters: Record<string, number> = { "dns-updates": 0, "dns-update-failures": 0, "dns-update-conflicts": 0 };
  private readonly parts: UpdaterParts;
  private zones: readonly DnsZone[];
  private readonly pending = new Set<Ipv4>();
  /** What is in the DNS, as far as this server has put it there. */
  private readonly known = new Map<Ipv4, DnsName>();
  /** Names that updates are under way for. */
  private readonly busy = new Set<string>();
  private readonly troubles = new Map<string, Trouble>();
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: UpdaterParts) {
    this.parts = parts;
    this.zones = parts.zones;
  }

  /** Addresses that wait for their turn. */
  get waiting(): number {
    return this.pending.size + this.underWay;
  }

  /** Other zones are to be updated from now on. */
  useZones(zones: readonly DnsZone[]): void {
    this.zones = zones;
    this.troubles.clear();
    this.wake();
  }

  /** A name that an earlier run of the server may have left in the DNS. */
  assume(name: DnsName): void {
    if (this.known.has(name.address)) return;
    this.known.set(name.address, name);
    this.note(name.address);
  }

  /** What is wanted of an address may have changed. */
  note(address: Ipv4): void {
    this.pending.add(address);
    this.wake();
  }

  private wake(): void {
    clearTimeout(this.timer);
    this.startSome();
    if (this.pending.size === 0) return;
    const now = performance.now();
    const later = [...this.troubles.values()].map(({ until }) => until - now).filter((pause) => pause > 0);
    if (later.length > 0) this.timer = setTimeout(() => this.wake(), Math.min(...later) + 1).unref();
  }

  private startSome(): void {
    for (const address of this.pending) {
      if (this.underWay >= DNS_UPDATES_AT_ONCE) return;
      const names = this.namesOf(address);
      if (names.some((name) => this.busy.has(name))) continue;
      if (this.isPaused(names)) continue;
      this.pending.delete(address);
      void this.start(address, names);
    }
  }

  private async start(address: Ipv4, names: readonly string[]): Promise<void> {
    for (const name of names) this.busy.add(name);
    this.underWay++;
    try {
      await this.bringInLine(address);
    } catch (error) {
      if (!(error instanceof NotNow)) throw error;
      this.pending.add(address);
    }
    for (const name of names) this.busy.delete(name);
    this.underWay--;
    this.wake();
  }

  private async bringInLine(address: Ipv4): Promise<void> {
    const have = this.known.get(address);
    const want = this.parts.wanted(address);
    if (have !== undefined && !isSame(have, want)) {
      await this.inZone(have.name, (zone, send) => removeForward(zone, have, send));
      // What another name replaces goes with it.
      if (want === undefined) await this.inZone(have.reverseName, (zone, send) => removeReverse(zone, have, send));
      this.known.delete(address);
    }
    if (want === undefined || (have !== undefined && isSame(have, want))) return;
    const outcome = await this.inZone(want.name, (zone, send) => addForward(zone, want, send));
    if (outcome === "conflict") return this.noteConflict(want);
    // From here on there may be something to remove.
    this.known.set(address, want);
    await this.inZone(want.reverseName, (zone, send) => addReverse(zone, want, send));
  }

  /** Carries out a step in the zone of a name; "done" where no zone has it. Throws NotNow where it has to be done again. */
  private async inZone(name: string, step: (zone: string, send: Send) => Promise<Outcome>): Promise<Outcome> {
    const zone = this.zoneOf(name);
    if (zone === undefined) return "done";
    let outcome: Outcome | NoAnswer;
    try {
      outcome = await step(zone.name, (update) => this.parts.send(zone, update));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      outcome = error;
    }
    if (outcome === "done" || outcome === "conflict") {
      this.count("dns-updates");
      this.noteSuccess(zone);
      return outcome;
    }
    this.count("dns-update-failures");
    this.noteFailure(zone, failureText(zone, outcome));
    throw new NotNow();
  }

  private zoneOf(name: string): DnsZone | undefined {
    return this.zones.find((zone) => name === zone.name || name.endsWith(`.${zone.name}`));
  }

  /** Names that bringing an address in line is about. */
  private namesOf(address: Ipv4): string[] {
    const have = this.known.get(address);
    const want = this.parts.wanted(address);
    return [...new Set([have, want].flatMap((name) => (name === undefined ? [] : [name.name, name.reverseName])))];
  }

  private isPaused(names: readonly string[]): boolean {
    const now = performance.now();
    return names.some((name) => {
      const zone = this.zoneOf(name);
      const trouble = zone && this.troubles.get(zone.name);
      return trouble !== undefined && trouble.until > now;
    });
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
    if (!this.troubles.delete(name)) return;
    this.parts.log.info({ event: "names", zone: name }, `zone ${name} is updated again`);
  }

  private noteConflict({ address, name }: DnsName): void {
    this.count("dns-update-conflicts");
    this.parts.log.info(
      { event: "names", address: formatIpv4(address), name },
      `${formatIpv4(address)} does not get the name ${name} in the DNS: it is somebody else's there`,
    );
    setTimeout(() => this.note(address), DNS_CONFLICT_MS).unref();
  }

  private count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

/** The lifetime alone is no reason for an update. */
function isSame(have: DnsName, want: DnsName | undefined): boolean {
  return (
    have.name === want?.name && have.reverseName === want.reverseName && Buffer.compare(have.dhcid, want.dhcid) === 0
  );
}
