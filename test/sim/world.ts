// What the parts of a simulated world know of each other.

import { formatIpv4 } from "../../src/base/ipv4.ts";
import type { LeaseRecord } from "../../src/lease/lease.ts";
import type { EventLoop, Owner } from "./event-loop.ts";
import type { Answer } from "./messages.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";

/** Everything there is in a run. */
export interface World {
  readonly scenario: Scenario;
  readonly random: Random;
  readonly loop: EventLoop;
  readonly judge: Judging;
  readonly network: Carrier;
  readonly store: SharedStore;
  readonly nodes: readonly ServingNode[];
  readonly clients: readonly Believer[];
  /** The client with that hardware address (its last four octets). */
  clientOf(hardware: number): Believer | undefined;
  /** Counts something for the run's figures. */
  count(what: string): void;
  /** Writes a line of the trace; undefined when nobody reads it. */
  readonly trace: ((who: string, text: string) => void) | undefined;
}

/**
 * States of a client, RFC 2131 figure 5; `off`: the machine does not run, `mute`: it hears and says nothing but keeps
 * its lease.
 */
export type ClientState =
  | "off"
  | "init"
  | "selecting"
  | "requesting"
  | "rebooting"
  | "bound"
  | "renewing"
  | "rebinding"
  | "mute";

/** A client, as others see it (client.ts). */
export interface Believer {
  readonly name: string;
  readonly chaddr: Uint8Array;
  readonly clientId: Uint8Array;
  /** The last four octets of chaddr. */
  readonly hardware: number;
  readonly relay: number;
  readonly state: ClientState;
  /** The address that it has or had last; 0: none. */
  readonly address: number;
  /** Whether it uses its address now. */
  readonly believes: boolean;
  /** Since when it asks without having been given a lease, in milliseconds of the run. */
  readonly askingSince: number;
  /** How often it has asked to renew its lease since it has been given it. */
  readonly renewals: number;
  hear(answer: Answer): void;
}

/** A node, as others see it (node.ts). */
export interface ServingNode {
  readonly index: number;
  readonly name: string;
  readonly link: Link;
  /** Seconds that the wall clock is ahead of the true time, and when it was set last (milliseconds of the run). */
  readonly clockOffset: number;
  readonly clockSetAt: number;
  readonly configuration: number;
  readonly isUp: boolean;
  /** Whether the network sends datagrams to it. */
  readonly isRouted: boolean;
  /** Whether it can write into the store, as far as it knows. */
  readonly isStoreReady: boolean;
  /** The wall clock, in seconds. */
  wall(): number;
  /** Sets the wall clock, to so many seconds ahead of the true time. */
  setClock(offset: number): void;
  start(): void;
  crash(): void;
  reload(configuration: number): void;
  loseWatch(): void;
  receive(bytes: Uint8Array, source: number, port: number): void;
  recordOf(address: number): { record: LeaseRecord; revision: number } | undefined;
}

/** What was asked in one transaction by one way. */
export interface Question {
  /** Datagrams less replies. */
  unanswered: number;
  /** The address that the last one was about, and when it came (milliseconds of the run). */
  about: number;
  at: number;
}

/** Who sees that rules are kept (judge.ts). */
export interface Judging {
  believe(client: Believer, address: number, until: number): void;
  disbelieve(client: Believer): void;
  runOut(client: Believer): void;
  noteWrite(record: LeaseRecord): void;
  noteUndone(addresses: Iterable<number>): void;
  noteReply(node: ServingNode, answer: Answer, source: number, question: Question): void;
  noteBug(node: ServingNode, text: string): void;
}

/** The network between relays and nodes (network.ts). */
export interface Carrier {
  setCut(relay: number, node: number, isCut: boolean): void;
  toServer(relay: number, bytes: Uint8Array, source: number, port: number): void;
  toClient(node: number, answer: Answer, destination: number): void;
}

/** What lies between a node and the store (store-link.ts). */
export interface Link {
  isRequestCut: boolean;
  isAnswerCut: boolean;
  isSlow: boolean;
  readonly isOpen: boolean;
  delay(): number;
  request<Result>(owner: Owner, perform: () => Result, answer: (result: Result) => void): void;
  tell(perform: () => void): void;
}

/** What the store has of an address at some revision. */
export interface Stored {
  readonly address: number;
  /** Undefined: nothing. */
  readonly record: LeaseRecord | undefined;
  /** The one that it was written by; of nothing: the one that it was read at. */
  readonly revision: number;
}

/** One conditional write: it counts if the record of its address has that revision (0: if there is none). */
export interface Write {
  readonly record: LeaseRecord;
  readonly expected: number;
}

/** What came of a transaction. */
export interface Transacted {
  /** Revision after it, which its writes have. */
  readonly revision: number;
  /** For each write: undefined if it counted, else what the store has. */
  readonly conflicts: readonly (Stored | undefined)[];
}

/** A record with the time at which it was written (milliseconds of the run). */
export interface Written {
  readonly record: LeaseRecord;
  readonly at: number;
}

/** Who watches: told of each change in its order, some time later. */
export interface Watcher {
  /** There is something new to tell. */
  wake(): void;
  /** A heartbeat of a node, with its wall clock in seconds and whether that is trusted. */
  beat(name: string, wall: number, isTrusted: boolean): void;
}

/** The shared store (store-server.ts). */
export interface SharedStore {
  readonly revision: number;
  readonly cluster: number;
  readonly compacted: number;
  readonly history: readonly Stored[];
  readonly watchers: Set<Watcher>;
  isDown: boolean;
  /** When the last outage was over. */
  isUpSince: number;
  read(address: number): Stored;
  readAll(): readonly Stored[];
  transact(writes: readonly Write[]): Transacted;
  writtenOf(address: number): readonly Written[];
  beat(name: string, wall: number, isTrusted: boolean): void;
  compact(): void;
  restore(revision: number): void;
}

/** The anycast address of all nodes. */
export const ANYCAST = 0xc0000235;
/** The clients' subnet, 10.77.0.0/16: relays have its first addresses, the pool begins at POOL. */
export const POOL = 0x0a4d0100;
export const GIADDR = 0x0a4d0001;
/** The wall clock at the start of a run, in seconds. */
export const EPOCH = 1_800_000_000;

/** An address as people read it. */
export function shown(address: number): string {
  return formatIpv4(address);
}
