// One node: the server's own pipeline, engine, lease table and sweeper over a simulated backend, store and clock. What the
// process knows is lost when it crashes; the machine, its clock and its state directory go on.

import type { Backend, ReplyBatch } from "../../src/backend/backend.ts";
import type { Interface } from "../../src/base/interface.ts";
import { Interfaces } from "../../src/base/interfaces.ts";
import { RECEIVE_SLOT_OCTETS } from "../../src/base/limits/backend.ts";
import type { Clock } from "../../src/base/time.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/model/model.ts";
import { ServedLinks } from "../../src/engine/locate/served-links.ts";
import { Serving } from "../../src/engine/serving.ts";
import type { LeaseRecord } from "../../src/lease/lease.ts";
import { poolsOf } from "../../src/lease/pools.ts";
import { NO_LEASE } from "../../src/lease/table/table.ts";
import type { Logger } from "../../src/log.ts";
import { NeighbourTable } from "../../src/native/rows.ts";
import { type ClusterParts, seedOf } from "../../src/server/cluster-parts.ts";
import { Counters } from "../../src/server/counters.ts";
import { MessageLog } from "../../src/server/log/message-log.ts";
import { Pipeline } from "../../src/server/pipeline.ts";
import { Sweeper } from "../../src/server/sweeper.ts";
import { ArrivalSlot } from "../../src/wire/arrival.ts";
import type { Owner } from "./event-loop.ts";
import { decodeAnswer, MessageKind } from "./messages.ts";
import type { Mutant } from "./mutants.ts";
import type { StoreClient, StoreMemory } from "./store-client.ts";
import { StoreLink } from "./store-link.ts";
import { ANYCAST, EPOCH, POOL, type Question, type ServingNode, shown, type World } from "./world.ts";

const UPLINK = 2;
/** Milliseconds until the network sends nothing more to a node that has crashed. */
const CONVERGENCE = 2000;
/** The same on every node. */
const KEYS = { table: new Uint8Array(16).fill(7), order: new Uint8Array(16).fill(3) };

/** See the head of this file. */
export class Node implements ServingNode {
  readonly world: World;
  readonly mutant: Mutant;
  readonly index: number;
  readonly name: string;
  readonly link: StoreLink;
  /** It has been in the cluster before. */
  readonly memory: StoreMemory = { cluster: 1, revision: 0, holdsUntil: 0 };
  clockOffset: number;
  clockSetAt = Number.NEGATIVE_INFINITY;
  /** Number of the configuration that it is started or reloaded with. */
  configuration = 0;
  /** Whether the network sends datagrams to it. */
  isRouted = false;
  /** Seconds of its clocks in a true second. */
  private readonly clockRate: number;
  private process: Process | undefined;

  constructor(world: World, mutant: Mutant, index: number) {
    const { random, scenario } = world;
    this.world = world;
    this.mutant = mutant;
    this.index = index;
    this.name = `node ${index}`;
    this.link = new StoreLink(world);
    this.clockOffset = random.between(-scenario.clockOffset, scenario.clockOffset);
    this.clockRate = 1 + random.between(-scenario.clockDrift, scenario.clockDrift);
  }

  /** The wall clock, in seconds. */
  wall(): number {
    return EPOCH + (this.world.loop.now / 1000) * this.clockRate + this.clockOffset;
  }

  setClock(offset: number): void {
    this.clockOffset = offset;
    this.clockSetAt = this.world.loop.now;
  }

  /** The monotonic clock, in milliseconds. */
  monotonic(): number {
    return this.world.loop.now * this.clockRate;
  }

  get isUp(): boolean {
    return this.process !== undefined;
  }

  /** Whether it can write into the store, as far as it knows. */
  get isStoreReady(): boolean {
    return this.process?.store.health === "ready";
  }

  /** Starts the process. */
  start(): void {
    if (this.process !== undefined) return;
    this.world.trace?.(this.name, "starts");
    this.process = new Process(this);
    this.process.start();
  }

  /** The process ends at once, with all that it has in memory. */
  crash(): void {
    const { process } = this;
    if (process === undefined) return;
    this.world.trace?.(this.name, "crashes");
    process.end();
    this.process = undefined;
    this.world.loop.planFor(undefined, CONVERGENCE, () => {
      if (!this.isUp) this.isRouted = false;
    });
  }

  /** Takes over another configuration. */
  reload(configuration: number): void {
    this.configuration = configuration;
    this.process?.reload();
  }

  /** A datagram to the anycast address has come. */
  receive(bytes: Uint8Array, source: number, port: number): void {
    this.process?.receive(bytes, source, port);
  }

  /** Its watch of the store is lost. */
  loseWatch(): void {
    this.process?.store.loseWatch();
  }

  /** What it knows of an address, and the revision that it expects of it. */
  recordOf(address: number): { record: LeaseRecord; revision: number } | undefined {
    return this.process?.recordOf(address);
  }
}

/** A process of a node. */
class Process implements Owner {
  hasEnded = false;
  readonly store: StoreClient;
  private readonly node: Node;
  private readonly clock: Clock;
  private readonly backend: NodeBackend;
  private readonly serving: Serving;
  private readonly pipeline: Pipeline;
  private readonly sweeper: Sweeper;
  private readonly interfaces: Interfaces;
  private readonly guard: () => number;

  constructor(node: Node) {
    const { world, mutant } = node;
    const { scenario } = world;
    this.node = node;
    this.clock = { wall: () => node.wall(), monotonic: () => node.monotonic() };
    this.interfaces = new Interfaces(1, interfacesOf(node.index));
    const config = configOf(world, node.configuration);
    const table = mutant.makeTable(poolsOf(config), KEYS, { findsHardware: false, isShared: true });
    const cluster: ClusterParts = {
      name: mutant.nameOf(node.name),
      reserveSeconds: scenario.reserveSeconds,
      clockSkewSeconds: scenario.clockSkewSeconds,
      guard: () => this.store.reclaimGuard,
    };
    this.serving = new Serving(config, table, new ServedLinks(this.interfaces, config), cluster);
    this.guard = cluster.guard;
    this.store = mutant.makeStore(
      {
        world,
        name: node.name,
        owner: this,
        link: node.link,
        memory: node.memory,
        clock: this.clock,
        guardSeconds: mutant.guardSeconds ?? scenario.guardSeconds,
        forgottenAfter: 1000 * (2 * scenario.leaseSeconds + scenario.reserveSeconds + scenario.guardSeconds),
        restart: () => {
          node.crash();
          node.start();
        },
        onReady: () => this.open(),
      },
      table,
    );
    const log = quietLog((text) => world.judge.noteBug(node, text));
    this.backend = new NodeBackend(node);
    const { clock, backend, serving, store } = this;
    const messageLog = new MessageLog(log, clock);
    const counters = new TracedCounters(node);
    const seed = seedOf(cluster);
    this.pipeline = new Pipeline({ backend, store, serving, keys: KEYS, clock, counters, messageLog, log, seed });
    this.sweeper = new Sweeper({
      clock,
      table: () => serving.table,
      guard: cluster.guard,
      onExpired: (slot) => store.noteEnd(slot),
      onClockSet: () => world.count("clock steps noticed"),
    });
    this.backend.onSent = (batch) => this.pipeline.onSent(batch);
  }

  start(): void {
    this.act(() => this.store.start());
  }

  /** All leases are there: it may be asked. */
  private open(): void {
    const { serving, node, clock, sweeper } = this;
    serving.table.expire(clock.wall(), Number.MAX_SAFE_INTEGER, () => undefined, this.guard());
    sweeper.start();
    this.pipeline.followLinks();
    node.isRouted = true;
  }

  receive(bytes: Uint8Array, source: number, port: number): void {
    const { mutant } = this.node;
    this.act(() => {
      this.serving.mayAllocate = this.store.mayAllocate;
      const read = mutant.rewriteQuery(bytes, this.store.health);
      this.backend.receive(read, source, port, () =>
        mutant.handle(read, this.serving.table, () => this.pipeline.onBatch(1)),
      );
    });
  }

  reload(): void {
    const { node, serving, store, interfaces } = this;
    const config = configOf(node.world, node.configuration);
    this.act(() =>
      this.pipeline.whenQuiet(() => {
        const table = serving.table.rebuild(poolsOf(config), { findsHardware: false, isShared: true });
        store.useTable(table);
        serving.reconfigure(config, table, new ServedLinks(interfaces, config));
        this.pipeline.followLinks();
        node.world.trace?.(node.name, `has configuration ${node.configuration}`);
      }),
    );
  }

  recordOf(address: number): { record: LeaseRecord; revision: number } | undefined {
    const { table } = this.serving;
    const slot = table.slotOf(address);
    return slot === NO_LEASE ? undefined : { record: table.record(slot), revision: table.revisionOf(slot) };
  }

  end(): void {
    this.hasEnded = true;
    this.store.stop();
  }

  private act(action: () => void): void {
    this.node.world.loop.actAs(this, action);
  }
}

/** Writes what was decided into the trace. */
class TracedCounters extends Counters {
  private readonly node: Node;

  constructor(node: Node) {
    super();
    this.node = node;
  }

  override count(name: Parameters<Counters["count"]>[0]): void {
    super.count(name);
    this.node.world.trace?.(this.node.name, name);
  }
}

/** Takes one datagram at a time, and hands what the server sends to the network. */
class NodeBackend implements Backend {
  readonly name = "simulated";
  readonly arena = new Uint8Array(RECEIVE_SLOT_OCTETS);
  readonly batch = this;
  readonly listeners = [];
  readonly counters = new Map<string, number>();
  onEcho: (source: number, identifier: number, sequence: number) => void = () => undefined;
  onSent: (batch: ReplyBatch) => void = () => undefined;
  private readonly node: Node;
  private readonly arrival = new ArrivalSlot();
  private length = 0;
  /** Queries by transaction and relay. */
  private readonly questions = new Map<number, Question>();

  constructor(node: Node) {
    this.node = node;
  }

  receive(bytes: Uint8Array, source: number, port: number, handle: () => void): void {
    this.arena.set(bytes);
    this.length = bytes.length;
    this.arrival.copyFrom({ ifindex: UPLINK, localAddress: ANYCAST, remoteAddress: source, remotePort: port });
    const { xid, giaddr, about } = decodeAnswer(bytes, 0, bytes.length);
    const question = this.questionOf(xid, giaddr);
    question.unanswered += 1;
    question.about = about;
    question.at = this.node.world.loop.now;
    handle();
  }

  send(batch: ReplyBatch): void {
    const { world, mutant } = this.node;
    const { rows } = batch;
    for (let row = 0; row < batch.count; row++) {
      const bytes = batch.arena.slice(rows.offset(row), rows.offset(row) + rows.length(row));
      mutant.rewriteReply(bytes, world.scenario);
      const answer = decodeAnswer(bytes, 0, bytes.length);
      const question = this.questionOf(answer.xid, answer.giaddr);
      question.unanswered -= 1;
      const isNak = answer.type === MessageKind.nak;
      world.judge.noteReply(this.node, answer, rows.source(row), question);
      world.network.toClient(
        this.node.index,
        answer,
        isNak && answer.giaddr === 0 ? 0xffffffff : rows.destination(row),
      );
    }
    this.onSent(batch);
  }

  arrivalOf(): ArrivalSlot {
    return this.arrival;
  }

  offsetOf(): number {
    return 0;
  }

  lengthOf(): number {
    return this.length;
  }

  sendEcho(): boolean {
    return true;
  }

  sendToSelf(): undefined {
    return undefined;
  }

  neighbours(): NeighbourTable {
    return new NeighbourTable(new Uint32Array(0));
  }

  stopAsking(): boolean {
    return true;
  }

  isQueueLong(): boolean {
    return false;
  }

  shed(): void {
    // Nothing comes too fast here.
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  reconfigure(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private questionOf(xid: number, giaddr: number): Question {
    const key = xid * 256 + (giaddr & 255);
    let question = this.questions.get(key);
    if (question === undefined) {
      question = { unanswered: 0, about: 0, at: 0 };
      this.questions.set(key, question);
    }
    return question;
  }
}

function interfacesOf(index: number): Interface[] {
  const common = { up: true, running: true, pointToPoint: false, virtual: false };
  const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, index);
  const [lo, uplink] = [
    { ifindex: 1, name: "lo", loopback: true, broadcast: false, address: ANYCAST, prefixLength: 32 },
    { ifindex: UPLINK, name: "up0", loopback: false, broadcast: true, address: 0x0a090001 + index, prefixLength: 24 },
  ] as const;
  return [lo, uplink].map(({ address, prefixLength, ...rest }) => ({
    ...common,
    ...rest,
    hardwareAddress,
    addresses: [{ address, prefixLength, primary: true }],
  }));
}

const configs = new Map<string, Config>();

/** Configuration number `number` of a scenario: odd ones have longer leases, and from the second on there are more addresses. */
function configOf({ scenario }: World, number: number): Config {
  const { leaseSeconds, addresses, pingCheck } = scenario;
  const seconds = number % 2 === 0 ? leaseSeconds : Math.round(leaseSeconds * 1.5);
  const text = `authoritative;
listen on ${shown(ANYCAST)};
default-lease-time ${seconds};
max-lease-time ${seconds};
ping-check ${pingCheck};
subnet 10.77.0.0 netmask 255.255.0.0 { range ${shown(POOL)} ${shown(POOL + addresses + (number < 2 ? 0 : scenario.addressesAdded) - 1)}; }
`;
  let config = configs.get(text);
  if (config === undefined) {
    config = loadConfig("simulation", text).config;
    if (config === undefined) throw new TypeError("the simulation's configuration is wrong");
    configs.set(text, config);
  }
  return config;
}

/** A log that nobody reads, but for the server's own errors. */
function quietLog(onBug: (text: string) => void): Logger {
  const nothing = (): void => undefined;
  const error = (fields: { event?: string; error?: string }): void => {
    if (fields.event === "bug") onBug(fields.error ?? "");
  };
  const log = { isLevelEnabled: () => false, info: nothing, warn: nothing, debug: nothing, error };
  return log as unknown as Logger;
}
