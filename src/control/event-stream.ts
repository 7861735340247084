// Sends a subscriber of the control socket what happens to leases: first all leases as they are, then each event. The
// server keeps only the number of the subscriber's next event: a subscriber that reads more slowly than the feed
// forgets events gets all leases again.

import type { Socket } from "node:net";
import { LEASES_TOLD_PER_STEP } from "../base/limits/control.ts";
import type { Pace } from "../base/pace.ts";
import type { EpochSeconds } from "../base/time.ts";
import type { LeaseRecord } from "../lease/lease.ts";
import { describeLease, isoTime, type LeasePlace } from "./lease-description.ts";
import type { LeaseEventLine } from "./messages.ts";

/** A lease that can be described. */
interface ToldLease {
  readonly record: LeaseRecord;
  readonly place: LeasePlace;
}

type EventLine = Extract<LeaseEventLine, { at: string }>;

/** The events of the running server. */
export interface EventFeed {
  /** Tells this run of the server from others. */
  readonly run: string;
  /** Numbers of the oldest event that is known and of the next one. */
  readonly first: number;
  readonly next: number;
  /** How many followers there are at present. */
  readonly followed: number;
  at(number: number): { kind: EventLine["event"]; at: EpochSeconds; lease: ToldLease } | undefined;
  /** Tells `follower` of each event, until the returned function is called. */
  follow(follower: EventFollower): () => void;
}

/** Learns that something has happened; the feed has the event. */
interface EventFollower {
  /** Whether it tells all leases again in any case. */
  readonly isBehind: boolean;
  take(): void;
  lose(): void;
  reload(): void;
}

/** Tells one client until it goes away. */
export class EventStream implements EventFollower {
  private readonly socket: Socket;
  private readonly feed: EventFeed;
  private readonly pace: Pace;
  private readonly leases: () => Iterable<ToldLease>;
  /** Number of the event that is sent next. */
  private next: number;
  /** Why all leases are to be sent. */
  private because: "start" | "restart" | "behind" | undefined;
  private snapshot: Iterator<ToldLease> | undefined;
  /** The subscriber has to read what was written first. */
  private isFull = false;

  /** `resume`: the token of the last line that the client has taken, or "". */
  constructor(
    { socket, feed, leases, pace }: { socket: Socket; feed: EventFeed; leases: () => Iterable<ToldLease>; pace: Pace },
    resume: string,
  ) {
    this.socket = socket;
    this.feed = feed;
    this.pace = pace;
    this.leases = leases;
    const [run = "", number = ""] = resume.split("-");
    this.next = Number(number) + 1;
    const isKnown = run === feed.run && this.next >= feed.first && this.next <= feed.next;
    if (!isKnown) this.because = resume === "" ? "start" : run === feed.run ? "behind" : "restart";
    const unfollow = feed.follow(this);
    socket.once("close", () => {
      unfollow();
      pace.end(this.step);
    });
    // It may have gone altogether, which would show at the next event only.
    socket.once("end", () => socket.end());
    this.wake();
  }

  get isBehind(): boolean {
    return this.next < this.feed.first;
  }

  take(): void {
    this.wake();
  }

  lose(): void {
    this.wake();
  }

  reload(): void {
    this.wake();
  }

  private wake(): void {
    if (!this.isFull) this.pace.start(this.step);
  }

  private readonly step = (): boolean => {
    const { socket } = this;
    if (socket.destroyed) return false;
    let text = "";
    for (let i = 0; i < LEASES_TOLD_PER_STEP; i++) {
      const line = this.takeLine();
      if (line === undefined) break;
      text += `${JSON.stringify(line)}\n`;
    }
    if (text === "") return false;
    if (socket.write(text)) return true;
    this.isFull = true;
    socket.once("drain", () => {
      this.isFull = false;
      this.wake();
    });
    return false;
  };

  private takeLine(): LeaseEventLine | undefined {
    const { feed, because, snapshot } = this;
    if (snapshot !== undefined) {
      const { done, value } = snapshot.next();
      if (done !== true) return { event: "lease", lease: describeLease(value.record, value.place) };
      this.snapshot = undefined;
      return { event: "current", token: this.tokenOf(this.next - 1) };
    }
    if (because !== undefined || this.next < feed.first) {
      this.because = undefined;
      this.next = feed.next;
      this.snapshot = this.leases()[Symbol.iterator]();
      return { event: "snapshot", because: because ?? "behind" };
    }
    const event = this.next < feed.next ? feed.at(this.next) : undefined;
    if (event === undefined) return undefined;
    const { kind, at, lease } = event;
    const token = this.tokenOf(this.next++);
    return { event: kind, token, at: isoTime(at), lease: describeLease(lease.record, lease.place) };
  }

  private tokenOf(number: number): string {
    return `${this.feed.run}-${number}`;
  }
}
