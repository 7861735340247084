// What must hold in every run. The judge sees what clients believe, what the store has and what nodes send, and says of
// the first thing that must not be what it is.

import { BindingState, type LeaseRecord } from "../../src/lease/lease.ts";
import { type Answer, MessageKind, nameOfKind } from "./messages.ts";
import {
  ANYCAST,
  type Believer,
  EPOCH,
  type Judging,
  type Question,
  type ServingNode,
  shown,
  type World,
  type Written,
} from "./world.ts";

/** Something that must not be. */
export interface Violation {
  /** Which rule is broken; the same words for each case of it. */
  readonly rule: Rule;
  /** Milliseconds of the run. */
  readonly at: number;
  readonly text: string;
  /** What the trace is to be looked at for. */
  readonly address: number;
  readonly client: string;
}

export type Rule =
  | "two clients in one address"
  | "believed lease not in the store"
  | "promise shorter than the belief"
  | "ACK without its commit"
  | "reserve given away"
  | "undeserved NAK"
  | "lease ran out in an outage"
  | "wrong source or server identifier"
  | "two replies to one query"
  | "mirror differs from the store"
  | "client without a lease"
  | "nodes offer the same addresses"
  | "bug in the server";

/** Seconds by which the end of an ACKed lease may differ from the stored one: rounding, and how long a commit takes. */
const ROUNDING = 5;
/** Milliseconds that a client asks in the end, in vain, before somebody is to blame. */
const PATIENCE = 100_000;

/** How often a client must have asked to renew its lease before somebody is to blame that it ran out. */
const RENEWALS = 3;
/** Milliseconds for which an OFFER counts as just made. */
const OFFER_IS_NEW = 5_000;

/** See the head of this file. */
export class Judge implements Judging {
  violation: Violation | undefined;
  private readonly world: World;
  /** Who believes in an address, and until when. */
  private readonly holders = new Map<number, { client: Believer; until: number }>();
  /** The last OFFER of each address; how many there were, and how many of one that another node had just offered to another client. */
  private readonly offers = new Map<number, { node: ServingNode; client: Believer; at: number }>();
  private offered = 0;
  private collisions = 0;
  /** Addresses whose last writes a restore has undone. */
  private readonly undone = new Set<number>();

  constructor(world: World) {
    this.world = world;
  }

  /** A client uses an address from now on, until that time. */
  believe(client: Believer, address: number, until: number): void {
    const { world, holders } = this;
    world.trace?.(client.name, `uses ${shown(address)} until ${seconds(until)}`);
    const other = holders.get(address);
    if (other !== undefined && other.client !== client && other.client.believes && other.until > world.loop.now) {
      const text = `${client.name} and ${other.client.name} (${other.client.state}, until ${seconds(other.until)}) both have it`;
      this.blame("two clients in one address", text, address, client.name);
    }
    holders.set(address, { client, until });
    this.checkBelief(client, address, until);
  }

  /** A client uses its address no more. */
  disbelieve(client: Believer): void {
    if (this.holders.get(client.address)?.client === client) this.holders.delete(client.address);
  }

  /** A client's lease is over and it has no other. */
  runOut(client: Believer): void {
    const { state } = client;
    this.world.count(state === "mute" ? "mute leases ran out" : "leases ran out");
    if (state === "mute" || !this.world.scenario.mustNotRunOut || client.renewals < RENEWALS) return;
    const text = `${client.renewals} renewals were not answered`;
    this.blame("lease ran out in an outage", text, client.address, client.name);
  }

  /** The store has a new record of an address. */
  noteWrite(record: LeaseRecord): void {
    this.undone.delete(record.address);
    this.world.trace?.("store", `writes ${described(record)}`);
  }

  /** What was written of these addresses is lost by a restore. */
  noteUndone(addresses: Iterable<number>): void {
    for (const address of addresses) this.undone.add(address);
  }

  /** A node sends a reply. */
  noteReply(node: ServingNode, answer: Answer, source: number, question: Question): void {
    const { world } = this;
    const client = world.clientOf(answer.hardware);
    if (client === undefined) return;
    const name = nameOfKind(answer.type);
    world.count(name);
    world.trace?.(
      node.name,
      `${name} of ${shown(answer.yiaddr)} for ${answer.leaseSeconds} s to ${client.name}, xid ${answer.xid.toString(16)}`,
    );
    if (source !== ANYCAST || answer.serverId !== ANYCAST) {
      const text = `source ${shown(source)}, server identifier ${shown(answer.serverId)}`;
      this.blame("wrong source or server identifier", text, answer.yiaddr, client.name);
    }
    if (question.unanswered < 0) {
      const text = `${node.name} has answered xid ${answer.xid.toString(16)} more often than it was asked`;
      this.blame("two replies to one query", text, answer.yiaddr, client.name);
    }
    if (answer.type === MessageKind.offer) this.noteOffer(node, client, answer.yiaddr);
    if (answer.type === MessageKind.ack) this.checkAck(node, client, answer);
    if (answer.type === MessageKind.nak) this.checkNak(node, client, question);
  }

  /** The server met an error of its own. */
  noteBug(node: ServingNode, text: string): void {
    this.blame("bug in the server", `${node.name}: ${text}`, 0, node.name);
  }

  /** A look at all that clients believe, now and then. */
  look(): void {
    for (const [address, { client, until }] of this.holders) {
      if (client.believes && until > this.world.loop.now) this.checkBelief(client, address, until);
    }
  }

  /** All has been calm and silent for a while: nodes know what the store has. */
  lookAtMirrors(): void {
    for (const node of this.world.nodes) this.checkMirror(node);
  }

  /** All has been calm for a while: clients have leases. */
  lookAtClients(): void {
    const { clients, loop, scenario } = this.world;
    // Where an address can be had by everybody, and no node waits until what a restored store forgot is over.
    if (scenario.addresses < scenario.clients * 2 || scenario.restores > 0) return;
    for (const client of clients) {
      if (client.believes || client.state === "off" || loop.now - client.askingSince < PATIENCE) continue;
      const text = `it asks since ${seconds(client.askingSince)} (${client.state})`;
      this.blame("client without a lease", text, client.address, client.name);
    }
  }

  /** Nodes that cannot hear each other's OFFERs seldom make the same one to two clients. */
  lookAtOffers(): void {
    const { collisions, offered } = this;
    if (collisions <= offered * this.world.scenario.collisionsMax) return;
    this.blame("nodes offer the same addresses", `${collisions} of ${offered} OFFERs`, 0, "");
  }

  private noteOffer(node: ServingNode, client: Believer, address: number): void {
    const { now } = this.world.loop;
    const last = this.offers.get(address);
    this.offered += 1;
    if (last !== undefined && last.node !== node && last.client !== client && now - last.at < OFFER_IS_NEW) {
      this.collisions += 1;
      this.world.count("OFFERs of an address that another node has offered");
    }
    this.offers.set(address, { node, client, at: now });
  }

  private checkBelief(client: Believer, address: number, until: number): void {
    const { world } = this;
    // It is the nodes that remember what a restored store has forgotten.
    if (this.undone.has(address)) return;
    const { record } = world.store.read(address);
    // A late copy of its DECLINE takes the address from everybody, for as long at least.
    const isKept = record?.state === BindingState.abandoned && record.endsAt - EPOCH >= until / 1000;
    if (isKept) return;
    if (record?.state !== BindingState.bound || hardwareOf(record) !== client.hardware) {
      const text = `the store has ${record === undefined ? "nothing" : described(record)}`;
      return this.blame("believed lease not in the store", text, address, client.name);
    }
    const { guardSeconds, clockOffset } = world.scenario;
    const reclaimable = record.endsAt + guardSeconds - clockOffset;
    if (until / 1000 + EPOCH > reclaimable) {
      const text = `it believes until ${seconds(until)}; some node may give it away from ${seconds((reclaimable - EPOCH) * 1000)} on`;
      this.blame("promise shorter than the belief", text, address, client.name);
    }
  }

  private checkAck(node: ServingNode, client: Believer, answer: Answer): void {
    const { store, scenario } = this.world;
    // Whoever sets a clock between the commit and its ACK changes what the seconds seem to end at.
    if (this.world.loop.now - node.clockSetAt < ROUNDING * 1000) return;
    const told = node.wall() + answer.leaseSeconds - ROUNDING;
    const own = store
      .writtenOf(answer.yiaddr)
      .filter(({ record }) => record.state === BindingState.bound && hardwareOf(record) === client.hardware);
    const covering = own.filter(({ record }) => record.endsAt >= told);
    if (covering.length === 0) {
      const text = `${node.name} tells it ${answer.leaseSeconds} s; written was ${own.length === 0 ? "nothing of it" : shownWrites(own)}`;
      return this.blame("ACK without its commit", text, answer.yiaddr, client.name);
    }
    if (!node.isStoreReady || covering.some(({ record }) => record.endsAt >= told + scenario.reserveSeconds)) return;
    const text = `${node.name} tells it ${answer.leaseSeconds} s while the store is ready; written was ${shownWrites(own)}`;
    this.blame("reserve given away", text, answer.yiaddr, client.name);
  }

  private checkNak(node: ServingNode, client: Believer, { about: address, at }: Question): void {
    const { store, loop, scenario } = this.world;
    const { record } = store.read(address);
    if (record?.state !== BindingState.bound || hardwareOf(record) !== client.hardware) return;
    // Over by some clock.
    if (record.endsAt - scenario.clockOffset < EPOCH + loop.now / 1000 || this.undone.has(address)) return;
    const since = this.ownedSince(store.writtenOf(address), client);
    if (since > at) return;
    const text = `${node.name} refuses it; the store has ${described(record)} since ${seconds(since)}`;
    this.blame("undeserved NAK", text, address, client.name);
  }

  /** Since when the address has been the client's without a break. */
  private ownedSince(written: readonly Written[], client: Believer): number {
    let since = Number.POSITIVE_INFINITY;
    for (const { record, at } of written.toReversed()) {
      if (record.state !== BindingState.bound || hardwareOf(record) !== client.hardware) break;
      since = at;
    }
    return since;
  }

  private checkMirror(node: ServingNode): void {
    const { world } = this;
    if (!node.isStoreReady) return;
    for (const stored of world.store.readAll()) {
      const mirrored = node.recordOf(stored.address);
      if (mirrored === undefined || stored.record === undefined) continue;
      if (mirrored.revision === stored.revision && isAlike(mirrored.record, stored.record, node.wall())) continue;
      const text = `${node.name} has ${described(mirrored.record)} of revision ${mirrored.revision}, the store ${described(stored.record)} of revision ${stored.revision}`;
      this.blame("mirror differs from the store", text, stored.address, node.name);
    }
  }

  private blame(rule: Rule, text: string, address: number, client: string): void {
    if (this.violation !== undefined) return;
    this.violation = { rule, at: this.world.loop.now, text, address, client };
    this.world.trace?.("judge", `${rule}: ${client}, ${shown(address)}: ${text}`);
  }
}

/** The last four octets of the hardware address; 0 if there is none. */
function hardwareOf({ hardwareAddress: octets }: LeaseRecord): number {
  if (octets.length !== 6) return 0;
  return (((octets[2] ?? 0) << 24) | ((octets[3] ?? 0) << 16) | ((octets[4] ?? 0) << 8) | (octets[5] ?? 0)) >>> 0;
}

/** Whether a mirror's record says what the store's says at `now`; what has expired is the node's own word, and an offer too. */
function isAlike(mirrored: LeaseRecord, stored: LeaseRecord, now: number): boolean {
  const { bound, expired, offered, free, released } = BindingState;
  const isOver = mirrored.state === offered || mirrored.state === free || mirrored.state === expired;
  if (isOver) return stored.state !== bound || stored.endsAt < now;
  if (mirrored.state !== stored.state) return false;
  const isSameClient = hardwareOf(mirrored) === hardwareOf(stored) || stored.state === released;
  return isSameClient && mirrored.endsAt === stored.endsAt;
}

function described(record: LeaseRecord): string {
  const state = Object.entries(BindingState).find(([, value]) => value === record.state)?.[0] ?? "";
  const client = hardwareOf(record) & 0xffffff;
  return `${shown(record.address)} ${state}, client ${client}, until ${seconds((record.endsAt - EPOCH) * 1000)}`;
}

function shownWrites(written: readonly Written[]): string {
  return written.map(({ record, at }) => `${described(record)} at ${seconds(at)}`).join("; ");
}

/** Milliseconds of the run as people read them. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
