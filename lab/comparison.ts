// The result of a comparison: one plain object that is written as JSON and that the page and the
// Markdown text are rendered from. Values that were not measured are absent, never zero.

import type { Machine } from "./machine.ts";

/** The machine it ran on. */
export interface ComparisonMachine extends Machine {
  readonly memoryMegabytes: number;
  /** Load average over a minute before the first measurement: what else kept the machine busy. */
  readonly loadAverage: number;
}

/** A server (with a backend) that took part, or could have. */
export interface Contender {
  /** Short and stable: "anydhcpd-udp". */
  readonly id: string;
  readonly name: string;
  /** As the program itself tells it; empty if unknown. */
  readonly version: string;
  /** When a lease is on disk: before its ACK leaves, sometime after it, or never. */
  readonly durability: "ack" | "later" | "never";
  /** Why it did not take part; absent if it did. */
  readonly absent?: string;
}

/** One thing that was observed of one contender. */
export interface Observation {
  /** A few words. */
  readonly text: string;
  /** How it compares with what was asked for: yes, no, or neither is meaningful. */
  readonly verdict: "yes" | "no" | "plain" | "unknown";
}

/** One row of the table of behaviours. */
export interface Behaviour {
  readonly id: string;
  /** What it is about; rows of a group stand together. */
  readonly group: string;
  readonly question: string;
  /** How it was observed, in a sentence. */
  readonly how: string;
  /** By contender id. */
  readonly observations: Readonly<Record<string, Observation>>;
}

/** One run of the load generator against one contender. */
export interface LoadRun {
  readonly round: number;
  readonly exchangesPerSecond: number;
  /** Exchanges that were finished. */
  readonly finished: number;
  /** Exchanges that were given up for want of a reply. */
  readonly lost: number;
  /** Replies that were not true: another's address, another server's name. */
  readonly untrue: number;
  /** CPU time of the server's processes for one exchange, in microseconds; absent if none was finished. */
  readonly cpuMicroseconds?: number;
  /** Milliseconds by share of the exchanges: [0.5, 1.2] says that half took at most 1.2 ms. Empty if none was finished. */
  readonly latency: readonly (readonly [number, number])[];
}

/** The same load on all contenders, round by round. */
export interface LoadScenario {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What it is about: how many exchanges a second, or how long one takes when there is no hurry. */
  readonly measure: "speed" | "latency";
  readonly runs: Readonly<Record<string, readonly LoadRun[]>>;
}

/** What one listener cost during some seconds of unrelated traffic. */
export interface NoiseRun {
  readonly round: number;
  /** Packets a second that the generator really sent. */
  readonly packetsPerSecond: number;
  /** CPU time of all its processes divided by wall time: 1 is one processor in full. */
  readonly cpuShare: number;
  /** Times a second that one of its threads was woken. */
  readonly wakeupsPerSecond: number;
}

/** A kind of unrelated traffic, or none. */
export interface NoiseKind {
  readonly id: "silence" | "light" | "ports" | "forwarded";
  readonly title: string;
  /** Packets a second that are aimed at. */
  readonly aimedAt: number;
}

/** A program that listens while unrelated traffic passes. */
export interface NoiseListener {
  readonly id: string;
  readonly name: string;
  /** A bare socket in a small program, or a whole server. */
  readonly kind: "socket" | "server";
  /** By kind of noise. */
  readonly runs: Readonly<Partial<Record<NoiseKind["id"], readonly NoiseRun[]>>>;
  /** Nanoseconds from one packet to the next of a sender that goes as fast as it can; a value a round. */
  readonly packetNanoseconds?: readonly number[];
}

/** The part about unrelated traffic. */
export interface Noise {
  /** Length of each run. */
  readonly seconds: number;
  readonly filterInstructions: number;
  readonly kinds: readonly NoiseKind[];
  readonly listeners: readonly NoiseListener[];
}

/** A claim and what the figures say about it. */
export interface Finding {
  readonly claim: string;
  /** "untold": the rounds differ too much among themselves, or are too few, to say. */
  readonly verdict: "reproduced" | "refuted" | "partly" | "observed" | "not measured" | "untold";
  readonly figures: string;
}

/** Everything. */
export interface Comparison {
  readonly format: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** A short run: fewer rounds than the five that a median should have. */
  readonly quick: boolean;
  readonly rounds: number;
  readonly machine: ComparisonMachine;
  readonly contenders: readonly Contender[];
  readonly behaviours: readonly Behaviour[];
  readonly loads: readonly LoadScenario[];
  readonly noise?: Noise;
  readonly findings: readonly Finding[];
  /** How it was measured and what may have disturbed it, in sentences. */
  readonly method: readonly string[];
}
