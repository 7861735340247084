// A node's watch of the shared store: a stream that keeps its order, may stop for a while or for good without anybody being
// told, may tell again what was told before, and begins in the future where a restore has taken the store back.

import type { Owner } from "./event-loop.ts";
import type { Link, Stored, Watcher, World } from "./world.ts";

/** Who is told by a watch. */
export interface WatchEvents {
  onEvents(events: readonly Stored[]): void;
  onProgress(cluster: number, revision: number): void;
  onCompacted(): void;
  /** A heartbeat of a node, with its wall clock in seconds and whether that is trusted. */
  onBeat(name: string, wall: number, isTrusted: boolean): void;
}

/** See the head of this file. */
export class Watch implements Watcher {
  private readonly world: World;
  private readonly owner: Owner;
  private readonly link: Link;
  private readonly events: WatchEvents;
  private next: number;
  private hasEnded = false;
  private isWoken = false;
  /** When the last of what is on its way arrives: nothing overtakes it. */
  private arrivesAt = 0;

  constructor(world: World, owner: Owner, link: Link, from: number, events: WatchEvents) {
    this.world = world;
    this.owner = owner;
    this.link = link;
    this.next = from;
    this.events = events;
  }

  /** Asks the store to begin. */
  begin(): void {
    const { store, random } = this.world;
    this.link.tell(() => {
      if (this.hasEnded) return;
      if (this.next <= store.compacted) return this.tell(() => this.events.onCompacted());
      // What was told before may be told again.
      if (random.chance(0.3)) this.next = Math.max(store.compacted + 1, this.next - random.below(50));
      store.watchers.add(this);
      this.wake();
      this.tellProgress();
    });
  }

  /** Asks how far it is. */
  askProgress(): void {
    this.link.tell(() => this.tellProgress());
  }

  wake(): void {
    if (this.isWoken || this.hasEnded) return;
    this.isWoken = true;
    this.world.loop.planFor(undefined, this.world.random.between(0, this.world.scenario.watchLag), () => this.send());
  }

  beat(name: string, wall: number, isTrusted: boolean): void {
    if (!this.hasEnded) this.tell(() => this.events.onBeat(name, wall, isTrusted));
  }

  end(): void {
    this.hasEnded = true;
    this.world.store.watchers.delete(this);
  }

  /** Sends what has not been sent. */
  private send(): void {
    this.isWoken = false;
    if (this.hasEnded || this.owner.hasEnded) return this.end();
    const { history, revision } = this.world.store;
    const events = history.slice(firstFrom(history, this.next));
    this.next = Math.max(this.next, revision + 1);
    if (events.length > 0) this.tell(() => this.events.onEvents(events));
  }

  private tellProgress(): void {
    const { store } = this.world;
    if (this.hasEnded) return;
    this.send();
    const { cluster } = store;
    // Of a store that was restored the watch may begin in the future.
    const revision = Math.min(this.next - 1, store.revision);
    this.tell(() => this.events.onProgress(cluster, revision));
  }

  /** In the order in which it was sent; a stream that has lost something is dead. */
  private tell(say: () => void): void {
    if (!this.link.isOpen) return this.end();
    const { loop } = this.world;
    this.arrivesAt = Math.max(this.arrivesAt, loop.now + this.link.delay());
    loop.planFor(this.owner, this.arrivesAt - loop.now, () => {
      if (!this.hasEnded) say();
    });
  }
}

/** Position of the first of `history` whose revision is not below `revision`. */
function firstFrom(history: readonly Stored[], revision: number): number {
  let [low, high] = [0, history.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history[middle]?.revision ?? 0) < revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
