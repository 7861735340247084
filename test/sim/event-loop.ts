// The event loop of a simulated run: virtual milliseconds and one heap of what happens when. It stands in for the
// timers of Node.js while it runs, so that what the server plans happens in virtual time as well.
//
// What is planned belongs to the owner that plans it, or to none. An owner that has ended (a node that crashed) takes
// all that it planned with it.

/** Somebody who plans events and may end. */
export interface Owner {
  readonly hasEnded: boolean;
}

/** An event that may still be cancelled. Has what callers of Node's timers use of them. */
export class Planned {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  /** Undefined once it is cancelled or over. */
  action: (() => void) | undefined;

  constructor(at: number, order: number, owner: Owner | undefined, action: () => void) {
    this.at = at;
    this.order = order;
    this.owner = owner;
    this.action = action;
  }

  unref(): this {
    return this;
  }

  cancel(): void {
    this.action = undefined;
  }
}

/** An interval: its next event, and whether it goes on. */
class Interval {
  next: Planned | undefined;

  unref(): this {
    return this;
  }
}

const TIMERS = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "clearImmediate",
] as const;

/** See the head of this file. */
export class EventLoop {
  /** Milliseconds since the start of the run. */
  now = 0;
  /** Events so far. */
  count = 0;
  private readonly heap: Planned[] = [];
  private order = 0;
  private owner: Owner | undefined;

  /** Plans `action` in `delay` milliseconds, for whoever acts now. */
  plan(delay: number, action: () => void): Planned {
    return this.planFor(this.owner, delay, action);
  }

  /** Plans `action` in `delay` milliseconds for `owner`. */
  planFor(owner: Owner | undefined, delay: number, action: () => void): Planned {
    const planned = new Planned(this.now + Math.max(0, delay), this.order++, owner, action);
    this.push(planned);
    return planned;
  }

  /** Does `action` now, in the name of `owner`. */
  actAs(owner: Owner | undefined, action: () => void): void {
    const before = this.owner;
    this.owner = owner;
    try {
      action();
    } finally {
      this.owner = before;
    }
  }

  /** Lets all happen that is planned until `end` (milliseconds), or until `isOver` says so. */
  run(end: number, isOver: () => boolean): void {
    const restore = this.replaceTimers();
    try {
      while (!isOver()) {
        const next = this.heap[0];
        if (next === undefined || next.at > end) break;
        this.pop();
        const { action, owner } = next;
        if (action === undefined || owner?.hasEnded === true) continue;
        this.now = next.at;
        this.count += 1;
        next.action = undefined;
        this.owner = owner;
        action();
      }
      this.owner = undefined;
    } finally {
      restore();
    }
  }

  /** Node's timers are this loop's until the function that it returns is called. */
  private replaceTimers(): () => void {
    const real = Object.fromEntries(TIMERS.map((name) => [name, globalThis[name]]));
    const cancel = (planned: unknown): void => {
      if (planned instanceof Planned) planned.cancel();
      if (planned instanceof Interval) {
        planned.next?.cancel();
        planned.next = undefined;
      }
    };
    Object.assign(globalThis, {
      setTimeout: (action: () => void, delay = 0) => this.plan(Math.max(1, delay), action),
      setImmediate: (action: () => void) => this.plan(0, action),
      setInterval: (action: () => void, delay = 1) => this.repeat(action, delay),
      clearTimeout: cancel,
      clearImmediate: cancel,
      clearInterval: cancel,
    });
    return () => Object.assign(globalThis, real);
  }

  private repeat(action: () => void, delay: number): Interval {
    const interval = new Interval();
    const { owner } = this;
    const happen = (): void => {
      interval.next = this.planFor(owner, delay, happen);
      action();
    };
    interval.next = this.planFor(owner, delay, happen);
    return interval;
  }

  private push(planned: Planned): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(planned);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(planned, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = planned;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, child)) {
        below += 1;
        child = right;
      }
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(one: Planned, other: Planned): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
