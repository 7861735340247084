// Keeps the kernel shield on the interfaces that clients are heard on, tells it this host's addresses, and reports what
// it has dropped: as counters, and as a line in the log for each burst. Until begin() it attaches nothing.
//
// An interface that cannot have it is served without it, and the log says so once. When the process is gone, so is the
// shield: that is an error in the log, and the server goes on serving.

import { getSystemErrorName } from "node:util";
import type { Ipv4 } from "../../base/ipv4.ts";
import { SHIELD_BATCH, SHIELD_LOOK_MS } from "../../base/limits/shield.ts";
import type { ShieldRates } from "../../base/shield-rates.ts";
import type { ShieldStatus, WantedListeners } from "../backend.ts";
import { BurstNotices } from "../burst-notices.ts";
import { planFrames } from "../frames/frame-plan.ts";
import type { NoticeLevel } from "../listen/listener-follow.ts";
import type { LocalView } from "../listen/local-view.ts";
import type { ShieldClient } from "./client.ts";
import { ShieldCount } from "./program/maps.ts";
import { destinationKeys, KeyAction, Layout, ShieldResult, ShieldTable } from "./protocol.ts";
import type { Shield } from "./shield.ts";

/** Its parts. */
export interface KernelShieldParts {
  readonly client: ShieldClient;
  readonly rates: ShieldRates;
  readonly notice: (level: NoticeLevel, message: string) => void;
  /** Monotonic clock, milliseconds; by default the process's. */
  readonly now?: () => number;
}

/** An interface that has the shield, or could not have it. */
interface Shielded {
  readonly ifindex: number;
  name: string;
  isForRelays: boolean;
  mode: ShieldStatus["mode"];
  counts: readonly number[];
}

/** Counters by name. */
const COUNTERS: readonly (readonly [name: string, key: keyof typeof ShieldCount])[] = [
  ["shield-passed", "passed"],
  ["shield-hardware-address", "hardwareAddress"],
  ["shield-relay-port", "relayPort"],
  ["shield-relay", "relay"],
  ["shield-new-client", "newClient"],
  ["shield-other", "other"],
];

const NO_COUNTS = Object.values(ShieldCount).map(() => 0);

/** Reasons to drop a DISCOVER, with their words in the log. */
const DROPS = [
  ["hardwareAddress", "of hardware addresses above their rate"],
  ["relayPort", "of relay ports above their rate"],
  ["relay", "of relays above their rate"],
  ["newClient", "of clients without a lease above their rate"],
] as const;

/** See the head of this file. */
export class KernelShield implements Shield {
  private readonly parts: KernelShieldParts;
  private readonly bursts: BurstNotices;
  private readonly shielded = new Map<number, Shielded>();
  /** Counts of interfaces that have gone. */
  private readonly past = [...NO_COUNTS];
  private destinations: ReadonlySet<Ipv4> = new Set();
  private work: Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  /** The last view before begin(). */
  private waiting: { readonly view: LocalView; readonly wanted: WantedListeners } | undefined;
  private hasBegun = false;
  private isGone = false;
  private reasonOfLoss: string | undefined;

  constructor(parts: KernelShieldParts) {
    this.parts = parts;
    this.bursts = new BurstNotices(parts.now ?? (() => performance.now()));
    parts.client.onGone = (reason, isHeld) => this.lose(reason, isHeld);
    this.work = parts.client.limit(parts.rates).then(() => undefined);
  }

  get status(): readonly ShieldStatus[] {
    return [...this.shielded.values()].map(({ name, mode, counts }) => ({ interface: name, mode, ...named(counts) }));
  }

  /** Why there is none any more, which a restart may mend; undefined: its process serves. */
  get trouble(): string | undefined {
    return this.reasonOfLoss;
  }

  get counters(): ReadonlyMap<string, number> {
    const all = [this.past, ...[...this.shielded.values()].map(({ counts }) => counts)];
    const sum = NO_COUNTS.map((_, place) => all.reduce((total, counts) => total + (counts[place] ?? 0), 0));
    return new Map(COUNTERS.map(([name, key]) => [name, sum[ShieldCount[key]] ?? 0]));
  }

  /** Other rates hold from now on. */
  setRates(rates: ShieldRates): void {
    this.enqueue(async () => {
      await this.parts.client.limit(rates);
    });
  }

  /** Puts clients with a lease into the shield's table or takes them out; resolves with how many failed, or undefined if it is gone. */
  async changeClients(action: KeyAction, keys: Uint8Array): Promise<number | undefined> {
    return (await this.parts.client.changeKeys(ShieldTable.clients, action, keys))?.result;
  }

  /** Attaches it to the interfaces of the last view, and follows the next ones; resolves when it is attached. */
  begin(): Promise<void> {
    this.hasBegun = true;
    if (this.waiting !== undefined) this.onView(this.waiting.view, this.waiting.wanted);
    this.waiting = undefined;
    return this.work;
  }

  onView(view: LocalView, wanted: WantedListeners): void {
    if (!this.hasBegun) {
      this.waiting = { view, wanted };
      return;
    }
    const { interfaces } = view;
    const plan = planFrames(interfaces.list, wanted);
    const served = new Set(plan.served.map(({ ifindex }) => ifindex));
    const planned = plan.listeners.filter(({ kind }) => kind === "frames");
    const names = new Map(planned.map((one) => [one.key, one.interface]));
    const destinations = new Set<Ipv4>([
      ...interfaces.own.values(),
      ...interfaces.broadcasts.values(),
      ...wanted.addresses,
    ]);
    this.enqueue(async () => {
      await this.setDestinations(destinations);
      for (const ifindex of this.shielded.keys()) if (!names.has(ifindex)) await this.detach(ifindex);
      for (const [ifindex, name] of names) await this.follow(ifindex, name, !served.has(ifindex));
    });
  }

  close(): void {
    this.isGone = true;
    clearTimeout(this.timer);
    this.parts.client.close();
  }

  private enqueue(step: () => Promise<void>): void {
    this.work = this.work.then(() => (this.isGone ? undefined : step()));
  }

  private async setDestinations(wanted: ReadonlySet<Ipv4>): Promise<void> {
    const before = this.destinations;
    await this.changeDestinations(
      KeyAction.put,
      [...wanted].filter((address) => !before.has(address)),
    );
    await this.changeDestinations(
      KeyAction.remove,
      [...before].filter((address) => !wanted.has(address)),
    );
    this.destinations = wanted;
  }

  private async changeDestinations(action: KeyAction, addresses: readonly Ipv4[]): Promise<void> {
    const keys = destinationKeys(addresses);
    for (let at = 0; at < keys.length; at += SHIELD_BATCH * Layout.key.octets) {
      const batch = keys.subarray(at, at + SHIELD_BATCH * Layout.key.octets);
      const reply = await this.parts.client.changeKeys(ShieldTable.destinations, action, batch);
      if (reply === undefined || reply.result === 0) continue;
      this.parts.notice(
        "warn",
        `the kernel shield took ${reply.result} addresses of this host not (${errnoName(reply.errno)}): DISCOVERs to them are not limited`,
      );
    }
  }

  /**
   * Attaches the shield to an interface that lacks it; an interface that has it may have a new name, or other clients.
   */
  private async follow(ifindex: number, name: string, isForRelays: boolean): Promise<void> {
    const one = this.shielded.get(ifindex);
    if (one === undefined || one.mode === "none") return this.attach(ifindex, name, isForRelays);
    one.name = name;
    one.isForRelays = isForRelays;
  }

  private async attach(ifindex: number, name: string, isForRelays: boolean): Promise<void> {
    const before = this.shielded.get(ifindex);
    const reply = await this.parts.client.attach(ifindex);
    if (reply === undefined) return;
    const mode =
      reply.result === ShieldResult.native ? "native" : reply.result === ShieldResult.generic ? "generic" : "none";
    this.shielded.set(ifindex, { ifindex, name, isForRelays, mode, counts: NO_COUNTS });
    if (mode === "none") {
      if (before?.mode === "none") return;
      const why = errnoName(reply.errno);
      const advice = why === "EBUSY" || why === "EEXIST" ? ": another XDP program is there" : "";
      this.parts.notice("warn", `no kernel shield on ${name} (${why}${advice}): its clients are served without`);
      return;
    }
    const where = mode === "native" ? "in the driver (native)" : "behind the driver (generic)";
    const purpose = isForRelays ? "; no subnet is declared there: for what relays send" : "";
    this.parts.notice("info", `kernel shield on ${name}, ${where}${purpose}`);
    this.timer ??= setTimeout(() => this.look(), SHIELD_LOOK_MS).unref();
  }

  private async detach(ifindex: number): Promise<void> {
    const one = this.shielded.get(ifindex);
    if (one === undefined) return;
    await this.count(one);
    await this.parts.client.detach(ifindex);
    this.part(one);
    if (one.mode !== "none") this.parts.notice("info", `no longer a kernel shield on ${one.name}`);
  }

  /** Its counts stay. */
  private part(one: Shielded): void {
    this.shielded.delete(one.ifindex);
    for (const [place, value] of one.counts.entries()) this.past[place] = (this.past[place] ?? 0) + value;
  }

  /**
   * Another interface has its number, or another program has removed the shield. The next view shows an interface that
   * has gone.
   */
  private async renew(one: Shielded): Promise<void> {
    this.part(one);
    this.parts.notice("info", `no longer a kernel shield on ${one.name}`);
    await this.attach(one.ifindex, one.name, one.isForRelays);
  }

  /** Reads the counts of all interfaces and reports what was dropped. */
  private look(): void {
    this.timer = undefined;
    this.enqueue(async () => {
      for (const one of [...this.shielded.values()]) {
        const before = one.counts;
        const isLost = await this.count(one);
        this.tellDrops(one, before);
        if (isLost) await this.renew(one);
      }
      if (this.shielded.size > 0 && !this.isGone) this.timer ??= setTimeout(() => this.look(), SHIELD_LOOK_MS).unref();
    });
  }

  /** Resolves with whether the interface has lost it. */
  private async count(one: Shielded): Promise<boolean> {
    if (one.mode === "none") return false;
    const reply = await this.parts.client.count(one.ifindex);
    if (reply === undefined || reply.result === ShieldResult.failed) return false;
    one.counts = reply.counts;
    return reply.result === ShieldResult.lost;
  }

  private tellDrops({ name, counts }: Shielded, before: readonly number[]): void {
    for (const [kind, what] of DROPS) {
      const place = ShieldCount[kind];
      const dropped = (counts[place] ?? 0) - (before[place] ?? 0);
      if (dropped === 0 || !this.bursts.begins(`${kind} ${name}`)) continue;
      this.parts.notice(
        "warn",
        `the kernel shield on ${name} drops DHCPDISCOVERs ${what}: ${dropped} in the last second`,
      );
    }
  }

  private lose(reason: string, isHeld: boolean): void {
    this.isGone = true;
    clearTimeout(this.timer);
    for (const one of this.shielded.values()) one.mode = "none";
    const effect = isHeld
      ? "until it ends, the kernel drops by its last rates and clients: end it, and restart the daemon"
      : "clients are served without it until the daemon is restarted";
    this.reasonOfLoss = `the process of the kernel shield ${reason}`;
    this.parts.notice("error", `${this.reasonOfLoss}: ${effect}`);
  }
}

function named(counts: readonly number[]): Omit<ShieldStatus, "interface" | "mode"> {
  const at = (name: keyof typeof ShieldCount): number => counts[ShieldCount[name]] ?? 0;
  return {
    ...{ passed: at("passed"), hardwareAddress: at("hardwareAddress"), relayPort: at("relayPort"), relay: at("relay") },
    ...{ newClient: at("newClient"), other: at("other") },
  };
}

function errnoName(errno: number): string {
  return errno === 0 ? "no error" : getSystemErrorName(-errno);
}
