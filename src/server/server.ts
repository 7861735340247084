// The running server: joins configuration, leases, engine, store and backend, and owns their order
// of starting, reloading and stopping. Nothing here knows a DHCP rule or a socket.

import type { BackendEvents, ReplyBatch, WantedListeners } from "../backend/backend.ts";
import { assert } from "../base/assert.ts";
import { Interfaces } from "../base/interfaces.ts";
import { formatIpv4, IPV4_BROADCAST, IPV4_NONE, type Ipv4, lengthOfMask } from "../base/ipv4.ts";
import type { Config } from "../config/model/model.ts";
import { ServedLinks } from "../engine/locate/served-links.ts";
import { Serving } from "../engine/serving.ts";
import type { FirewallClient } from "../firewall/client.ts";
import { poolsOf, tableOptionsOf } from "../lease/pools.ts";
import { type LeaseSlot, LeaseTable } from "../lease/table/table.ts";
import type { BulkListeners } from "../leasequery/bulk-listeners.ts";
import type { StoreReport } from "../store/store.ts";
import { type ClusterParts, guardOf, seedOf } from "./cluster-parts.ts";
import { Counters } from "./counters.ts";
import { Explainer } from "./explain.ts";
import { FirewallSets } from "./firewall/firewall-sets.ts";
import { IdleMemory } from "./idle-memory.ts";
import { LeaseEvents } from "./lease-events.ts";
import { countLeases, type PlacedLease, placedLeases, subnetFigures } from "./lease-figures.ts";
import { LeaseOperations } from "./lease-operations.ts";
import { MessageLog } from "./log/message-log.ts";
import { tellClockSet, tellWithheld } from "./notices.ts";
import { LoopDelayMeter } from "./overload/loop-delay.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelineParts } from "./pipeline-parts.ts";
import { Readiness } from "./readiness.ts";
import { Rehearsal } from "./rehearsal.ts";
import { type ReloadChanges, reloadChanges } from "./reload-changes.ts";
import { SelfExchange } from "./self-exchange.ts";
import { type ServerStatus, seenBy } from "./server-status.ts";
import { Sweeper } from "./sweeper.ts";

/** What a server is built from; the command line makes the concrete parts. */
export interface ServerParts
  extends Pick<PipelineParts, "backend" | "store" | "keys" | "clock" | "log" | "latencies" | "refused"> {
  readonly config: Config;
  /** Interface names of the command line; empty: every one that a configured subnet matches. */
  readonly interfaces: readonly string[];
  /** `-uADDRESS`. */
  readonly addresses: readonly number[];
  /** `-u`. */
  readonly wildcard: boolean;
  /** Where the store is shared. */
  readonly cluster?: ClusterParts;
  /** Answers bulk leasequeries where the configuration lets somebody ask. */
  readonly bulk?: BulkListeners;
  /** What changes firewall sets, where the configuration names one. */
  readonly firewall?: FirewallClient;
}

/** A DHCP server that is started once and stopped once. */
export class Server implements BackendEvents {
  private readonly parts: ServerParts;
  /** The state that the server serves by: a reload replaces its parts. */
  readonly serving: Serving;
  private readonly counters = new Counters();
  private readonly messageLog: MessageLog;
  private readonly pipeline: Pipeline;
  private readonly loopDelay = new LoopDelayMeter();
  private readonly memory = new IdleMemory();
  private config: Config;
  private interfaces = new Interfaces(0, []);
  private readonly sweeper: Sweeper;
  private readonly firewall: FirewallSets | undefined;
  private rehearsal: Rehearsal | undefined;
  private isStopping = false;
  /** Messages that have come since its start. */
  messages = 0;
  /** Its health, and taking it out of service. */
  readonly readiness: Readiness;
  /** What happens to its leases. */
  readonly events: LeaseEvents;
  /** Tells what it would do. */
  readonly explainer: Explainer;
  /** Changes single leases at an operator's wish. */
  readonly operations: LeaseOperations;
  readonly onSelf: BackendEvents["onSelf"] = (...message) => this.readiness.selfExchange.take(...message);
  /** Called when the server cannot go on; the caller stops it and exits. */
  onFatal: (error: Error) => void = () => undefined;

  constructor(parts: ServerParts) {
    this.parts = parts;
    this.config = parts.config;
    assert(!parts.store.isShared || parts.cluster !== undefined, "servers that share leases have agreed upon terms");
    const table = new LeaseTable(poolsOf(parts.config), parts.keys, tableOptionsOf(parts.config, parts.store.isShared));
    const { cluster } = parts;
    this.serving = new Serving(parts.config, table, new ServedLinks(this.interfaces, parts.config), cluster);
    this.messageLog = new MessageLog(parts.log, parts.clock);
    this.sweeper = new Sweeper({
      clock: parts.clock,
      table: () => this.serving.table,
      guard: () => guardOf(cluster, this.config),
      onLook: () => this.noteSecond(),
      onExpired: (slot) => this.noteExpired(slot),
      onClockSet: (step) => tellClockSet(parts.log, step, parts.store.isShared),
      onMoved: parts.store.isShared ? undefined : () => parts.store.noteTimes(),
    });
    this.events = new LeaseEvents(parts.clock, this.serving, () => this.interfaces.list);
    const { firewall: client, clock, log } = parts;
    const { serving, counters } = this;
    this.firewall =
      client &&
      new FirewallSets({
        ...{ client, serving, counters, clock, log },
        onHeldBack: (note, set) => {
          const told = this.messageLog.heldBack(note, set);
          parts.refused?.noteTold(told, clock.wall(), this.messageLog);
        },
      });
    this.pipeline = new Pipeline({
      ...parts,
      ...{ events: this.events, serving: this.serving, firewall: this.firewall },
      counters: this.counters,
      messageLog: this.messageLog,
      seed: seedOf(cluster),
    });
    this.readiness = new Readiness({
      ...parts,
      serving: this.serving,
      config: () => this.config,
      listeners: () => this.listeners(),
      selfExchange: new SelfExchange({ ...parts, serving: this.serving, pipeline: this.pipeline }),
      isClockSet: () => this.sweeper.isHoldingBack,
      firewallSets: () => this.firewall?.status ?? [],
    });
    const addresses = (): readonly Ipv4[] => this.wanted(this.config).addresses;
    const firewallSets = (slot: LeaseSlot): readonly string[] => this.firewall?.setsOf(slot) ?? [];
    const more = { firewallSets, reasons: this.pipeline.conflicts.reasons, addresses };
    this.explainer = new Explainer({ ...parts, ...more, serving: this.serving, interfaces: () => this.interfaces });
    this.operations = new LeaseOperations({ ...parts, serving: this.serving, pipeline: this.pipeline });
  }

  /** Loads the leases, then opens the listeners. Rejects with DaemonError. */
  async start(): Promise<void> {
    const { store, backend, log, clock } = this.parts;
    store.onHealth = (health, reason) => {
      this.readiness.noteStore(health);
      if (health === "failing" || health === "away") log.error({ event: "store", health }, `lease store: ${reason}`);
      else log.info({ event: "store", health }, `lease store: ${reason}`);
    };
    store.onNotice = ({ level, message }) => log[level]({ event: "store" }, `lease store: ${message}`);
    this.takeReport(await store.open(this.serving.table));
    const guard = guardOf(this.parts.cluster, this.config);
    this.serving.table.expire(clock.wall(), Number.MAX_SAFE_INTEGER, (slot) => store.noteEnd(slot), guard);
    this.serving.standIns.start(clock.monotonic() / 1000);
    await this.firewall?.start();
    await backend.reconfigure(this.wanted(this.config));
    await backend.open(this);
    for (const listener of backend.listeners) log.info({ event: "listen" }, `listening on ${listener.description}`);
    await this.followBulk(this.config);
    this.sweeper.start();
    this.rehearsal = new Rehearsal({ ...this.parts, memory: this.memory, isIdle: () => this.pipeline.isIdle });
  }

  /** Replaces the configuration whole; resolves with what it changed when the new one is in force. */
  reload(config: Config): Promise<ReloadChanges> {
    return new Promise((resolve, reject) => {
      this.pipeline.whenQuiet(() => {
        const before = { config: this.config, table: this.serving.table };
        this.config = config;
        const table = this.serving.table.rebuild(poolsOf(config), tableOptionsOf(config, this.parts.store.isShared));
        this.parts.store.useTable(table);
        tellWithheld(this.parts.log, this.serving.reconfigure(config, table, new ServedLinks(this.interfaces, config)));
        this.firewall?.reconfigure();
        this.pipeline.followLinks();
        this.events.noteReload();
        const isFollowed = this.parts.backend.reconfigure(this.wanted(config)).then(() => this.followBulk(config));
        const changes = reloadChanges(before, { config, table });
        isFollowed.then(() => resolve(changes), reject);
      });
    });
  }

  /** Stops taking queries, waits for the commit under way and its replies, closes everything. */
  async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    this.sweeper.stop();
    this.rehearsal?.stop();
    this.parts.bulk?.close();
    this.loopDelay.stop();
    this.pipeline.stop();
    await new Promise<void>((resolve) => this.pipeline.whenQuiet(resolve));
    this.firewall?.close();
    await this.parts.backend.close();
    this.messageLog.flush();
    await this.parts.store.close();
  }

  onBatch(count: number, received: number): void {
    const { cluster } = this.parts;
    if (cluster?.mayAllocate !== undefined) this.serving.mayAllocate = cluster.mayAllocate();
    if (this.readiness.isSilent) return this.counters.count("drained", count);
    this.rehearsal?.giveWay(count);
    this.memory.note(count);
    this.messages += count;
    this.pipeline.onBatch(count, received);
  }

  onSent(batch: ReplyBatch): void {
    this.pipeline.onSent(batch);
  }

  onInterfaces(interfaces: Interfaces): void {
    this.interfaces = interfaces;
    this.messageLog.interfaceNames = new Map(interfaces.list.map((entry) => [entry.ifindex, entry.name]));
    tellWithheld(this.parts.log, this.serving.followLinks(new ServedLinks(interfaces, this.config)));
    this.pipeline.followLinks();
  }

  onListeners(): void {
    // They are asked for when somebody wants to see them.
  }

  /** The status, with the event loop's delay since the last call of this, which is measured for a while from now on. */
  delayStatus(): ServerStatus {
    const eventLoopDelay = this.loopDelay.restart();
    return eventLoopDelay === undefined ? this.status() : { ...this.status(), eventLoopDelay };
  }

  /** Everything a status page shows. */
  status(): ServerStatus {
    const { backend, store, clock } = this.parts;
    const counters = Object.fromEntries([...this.counters.entries(), ...backend.counters, ...store.counters]);
    const subnets = subnetFigures(this.serving, clock.monotonic() / 1000);
    const firewall = this.firewall && { firewallSets: this.firewall.status };
    const about = { leases: countLeases(this.serving.table), subnets, ...firewall, counters, ...seenBy(backend) };
    return { backend: backend.name, listeners: this.listeners(), store: store.health, ...about };
  }

  /** All leases that are remembered, behind an address where one is named, with what the configuration says of them. */
  leases(after?: Ipv4): Iterable<PlacedLease> {
    return placedLeases(this.serving, this.interfaces.list, after);
  }

  private listeners(): ServerStatus["listeners"] {
    const open = [...this.parts.backend.listeners, ...(this.parts.bulk?.status ?? [])];
    return open.map(({ description, address, interface: name }) => ({
      description,
      address: formatIpv4(address),
      interface: name,
      present: this.isPresent(address),
    }));
  }

  private isPresent(address: Ipv4): boolean {
    return address === IPV4_NONE || address === IPV4_BROADCAST || this.interfaces.own.has(address);
  }

  private wanted(config: Config): WantedListeners {
    const { interfaces, addresses, wildcard } = this.parts;
    return {
      interfaces,
      addresses: [...new Set([...addresses, ...config.listenAddresses])],
      ...{ wildcard, relayInterfaces: config.relayInterfaces },
      networks: config.subnets.map(({ network, mask }) => `${formatIpv4(network)}/${lengthOfMask(mask) ?? 0}`),
      isServed: (address) => config.findSubnet(address) !== undefined,
    };
  }

  /** Listens for bulk leasequeries where clients are listened for, or everywhere. */
  private async followBulk(config: Config): Promise<void> {
    const { bulk, keys, clock, log, wildcard } = this.parts;
    const { addresses } = this.wanted(config);
    const everywhere = wildcard || addresses.length === 0;
    const context = { serving: this.serving, keys, clock, log, count: (name: string) => this.counters.count(name) };
    const wanted = everywhere ? [IPV4_NONE] : addresses;
    await bulk?.follow(config.answersBulkLeasequeries ? wanted : [], context);
  }

  private takeReport(report: StoreReport): void {
    for (const notice of report.notices) this.parts.log[notice.level]({ event: "store" }, notice.message);
    const count = report.loaded;
    this.parts.log.info({ event: "store", leases: count }, `${count} lease${count === 1 ? "" : "s"} loaded`);
    if (!report.damaged) return;
    const longest = Math.max(0, ...this.config.subnets.map((subnet) => subnet.scope.maxLeaseSeconds));
    this.serving.probeAllUntil = this.parts.clock.monotonic() / 1000 + longest;
  }

  private noteSecond(): void {
    this.readiness.noteStore();
    this.firewall?.look();
    this.memory.look();
  }

  private noteExpired(slot: LeaseSlot): void {
    this.counters.count("expired");
    const { log, store } = this.parts;
    store.noteEnd(slot);
    this.events.noteExpired(slot);
    this.firewall?.follow(slot);
    if (!log.isLevelEnabled("debug")) return;
    const address = formatIpv4(this.serving.table.addressOf(slot));
    log.debug({ event: "expired", address }, `lease of ${address} has expired`);
  }
}
