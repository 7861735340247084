// Keeps the kernel shield on the interfaces by which clients are heard, tells it which addresses are this host's, and tells
// what it has dropped: as counters, and as a line in the log for each burst.
//
// An interface that cannot have it is served without, which is said once. When the process is gone, so is the shield: that is
// an error in the log, and no reason to serve nobody.

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

/** What it is made of. */
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
  readonly name: string;
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

/** Reasons to drop a DISCOVER, with what the log says of them. */
const DROPS = [
  ["hardwareAddress", "of hardware addresses above their rate"],
  ["relayPort", "of relay ports above their rate"],
  ["relay", "of relays above their rate"],
  ["newClient", "of new clients above their rate"],
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
  private isGone = false;

  constructor(parts: KernelShieldParts) {
    this.parts = parts;
    this.bursts = new BurstNotices(parts.now ?? (() => performance.now()));
    parts.client.onGone = (reason) => this.lose(reason);
    this.work = parts.client.limit(parts.rates).then(() => undefined);
  }

  get status(): readonly ShieldStatus[] {
    return [...this.shielded.values()].map(({ name, mode, counts }) => ({ interface: name, mode, ...named(counts) }));
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

  onView(view: LocalView, wanted: WantedListeners): void {
    const { interfaces } = view;
    const planned = planFrames(interfaces.list, wanted).listeners.filter(({ kind }) => kind === "frames");
    const names = new Map(planned.map((plan) => [plan.key, plan.interface]));
    const destinations = new Set<Ipv4>([
      ...interfaces.own.values(),
      ...interfaces.broadcasts.values(),
      ...wanted.addresses,
    ]);
    this.enqueue(async () => {
      await this.setDestinations(destinations);
      for (const ifindex of this.shielded.keys()) if (!names.has(ifindex)) await this.detach(ifindex);
      for (const [ifindex, name] of names) if (!this.shielded.has(ifindex)) await this.attach(ifindex, name);
    });
  }

  followed(): Promise<void> {
    return this.work;
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

  private async attach(ifindex: number, name: string): Promise<void> {
    const reply = await this.parts.client.attach(ifindex);
    if (reply === undefined) return;
    const mode =
      reply.result === ShieldResult.native ? "native" : reply.result === ShieldResult.generic ? "generic" : "none";
    this.shielded.set(ifindex, { ifindex, name, mode, counts: NO_COUNTS });
    if (mode === "none") {
      const why = errnoName(reply.errno);
      const advice = why === "EBUSY" || why === "EEXIST" ? ": another XDP program is there" : "";
      this.parts.notice("warn", `no kernel shield on ${name} (${why}${advice}): its clients are served without`);
      return;
    }
    const where = mode === "native" ? "in the driver (native)" : "behind the driver (generic)";
    this.parts.notice("info", `kernel shield on ${name}, ${where}`);
    this.timer ??= setTimeout(() => this.look(), SHIELD_LOOK_MS).unref();
  }

  private async detach(ifindex: number): Promise<void> {
    const one = this.shielded.get(ifindex);
    await this.count(one);
    await this.parts.client.detach(ifindex);
    this.shielded.delete(ifindex);
    for (const [place, value] of one?.counts.entries() ?? []) this.past[place] = (this.past[place] ?? 0) + value;
    if (one !== undefined && one.mode !== "none") this.parts.notice("info", `no longer a kernel shield on ${one.name}`);
  }

  /** Reads the counts of all interfaces and tells what was dropped. */
  private look(): void {
    this.timer = undefined;
    this.enqueue(async () => {
      for (const one of this.shielded.values()) {
        const before = one.counts;
        await this.count(one);
        this.tellDrops(one, before);
      }
      if (this.shielded.size > 0 && !this.isGone) this.timer ??= setTimeout(() => this.look(), SHIELD_LOOK_MS).unref();
    });
  }

  private async count(one: Shielded | undefined): Promise<void> {
    if (one === undefined || one.mode === "none") return;
    const reply = await this.parts.client.count(one.ifindex);
    if (reply?.result === ShieldResult.ok) one.counts = reply.counts;
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

  private lose(reason: string): void {
    this.isGone = true;
    clearTimeout(this.timer);
    for (const one of this.shielded.values()) one.mode = "none";
    const text = `the process of the kernel shield ${reason}: clients are served without it until the daemon is restarted`;
    this.parts.notice("error", text);
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
