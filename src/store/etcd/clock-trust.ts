// Whether a node can trust its own clock, and how long an address rests. The node that writes a lease writes its end by
// its own clock, so a node whose clock is wrong may neither write a lease nor tell a client how long one still lasts.
//
// A node that starts trusts its clock once the heartbeats of other nodes agree with it, or none comes for a while, or
// there have never been others. If the clock is then set by more than the usual difference between two clocks, the
// others have to agree with it anew, or it has to be set back. While the clock of another node that writes leases is
// off, no lease ends here for other clients.

import type { Clock } from "../../base/time.ts";

const MS_PER_SECOND = 1000;

/** What it has to know. Times are milliseconds of the monotonic clock unless they say seconds. */
export interface ClockTrustOptions {
  readonly clock: Clock;
  readonly guardSeconds: number;
  /** The largest usual difference between two clocks. */
  readonly clockSkewSeconds: number;
  /** Between heartbeats of a node, and without one until it counts as gone. */
  readonly beat: number;
  readonly silence: number;
}

/** Another node's clock. */
interface Peer {
  /** Seconds that our clock was ahead of it. */
  readonly ahead: number;
  readonly at: number;
  /** Whether the node writes leases. */
  readonly isTrusted: boolean;
}

/** See the head of this file. */
export class ClockTrust {
  private readonly options: ClockTrustOptions;
  private readonly peers = new Map<string, Peer>();
  /** Seconds that the wall clock was ahead of the monotonic one when it was trusted last; undefined: never. */
  private trusted: number | undefined;
  /** What it was ahead when it was doubted last, and since when it is not trusted. */
  private doubted: number | undefined;
  private doubtedAt: number;

  constructor(options: ClockTrustOptions) {
    this.options = options;
    this.doubtedAt = options.clock.monotonic();
  }

  /** Whether leases may be written and renewed by this clock now. */
  get isTrusted(): boolean {
    const { trusted } = this;
    const isAsBefore = trusted !== undefined && Math.abs(this.measureAhead() - trusted) <= this.bound;
    if (isAsBefore) this.doubted = undefined;
    else if (trusted !== undefined) this.doubt();
    return isAsBefore;
  }

  /** Whether it is not trusted for another reason than that this node has just started. */
  get isDoubted(): boolean {
    if (this.isTrusted) return false;
    return this.trusted !== undefined || this.options.clock.monotonic() - this.doubtedAt > this.patience;
  }

  /** Heartbeats of others can come from now on. `hasOthers`: whether the store has one of another node, however old. */
  startListening(hasOthers: boolean): void {
    if (this.trusted !== undefined) return;
    this.doubtedAt = this.options.clock.monotonic();
    if (!hasOthers) this.trust();
  }

  /** Nodes that write leases by clocks that are off, with the seconds that ours is ahead of theirs. */
  get differing(): ReadonlyMap<string, number> {
    const off = [...this.peers].filter(([, { ahead, isTrusted }]) => isTrusted && Math.abs(ahead) > this.bound);
    return new Map(off.map(([name, { ahead }]) => [name, ahead]));
  }

  /** Seconds that an address rests after the stored end of its lease; Infinity: for the time being none is given away. */
  get guardSeconds(): number {
    if (!this.isTrusted) return Number.POSITIVE_INFINITY;
    for (const { ahead, isTrusted } of this.peers.values()) {
      if (isTrusted && Math.abs(ahead) > this.bound) return Number.POSITIVE_INFINITY;
    }
    return this.options.guardSeconds;
  }

  /** A heartbeat of another node has come, with its wall clock in seconds. */
  takeBeat(name: string, wall: number, isTrusted: boolean): void {
    const { clock } = this.options;
    const hadTrust = this.isTrusted;
    this.peers.set(name, { ahead: clock.wall() - wall, at: clock.monotonic(), isTrusted });
    if (!hadTrust) this.compare();
  }

  /** To be called for each heartbeat of this node: time has passed. `isHeard`: whether heartbeats of others could have come. */
  look(isHeard: boolean): void {
    const { clock, silence } = this.options;
    const now = clock.monotonic();
    for (const [name, { at }] of this.peers) if (now - at > silence) this.peers.delete(name);
    if (this.isTrusted) {
      // NTP moves it little by little.
      this.trusted = this.measureAhead();
    } else if (!isHeard) this.doubtedAt = now;
    else if (this.trusted === undefined && this.peers.size === 0 && now - this.doubtedAt > this.patience) this.trust();
  }

  /** For heartbeats of others. */
  private get patience(): number {
    return 2 * this.options.beat + MS_PER_SECOND;
  }

  private get bound(): number {
    return this.options.clockSkewSeconds;
  }

  private compare(): void {
    const fresh = this.freshPeers();
    const agreeing = fresh.filter(({ ahead }) => Math.abs(ahead) <= this.bound);
    if (agreeing.length > 0 && 2 * agreeing.length >= fresh.length) this.trust();
  }

  /** Those heard of since the clock is doubted. */
  private freshPeers(): Peer[] {
    return [...this.peers.values()].filter(({ at }) => at > this.doubtedAt);
  }

  private trust(): void {
    this.trusted = this.measureAhead();
    this.doubted = undefined;
  }

  private doubt(): void {
    const step = this.measureAhead();
    if (this.doubted !== undefined && Math.abs(step - this.doubted) <= this.bound) return;
    this.doubted = step;
    this.doubtedAt = this.options.clock.monotonic();
  }

  private measureAhead(): number {
    const { clock } = this.options;
    return clock.wall() - clock.monotonic() / MS_PER_SECOND;
  }
}
