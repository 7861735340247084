// Timers and turns of the event loop that a target carries out itself, at once and in its own order: an input is run from
// its first octet to its last in one call.

type Callback = (...args: unknown[]) => void;

/** What has been put off. */
export class Deferred {
  private turns: { readonly run: () => void }[] = [];
  private readonly timers = new Map<object, () => void>();

  /** Runs `body` with timers that come here, and with the real ones again afterwards. */
  within<Result>(body: () => Result): Result {
    const { setImmediate, clearImmediate, setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
    const turn = (callback: Callback, ...args: unknown[]): object => {
      const entry = { run: () => callback(...args) };
      this.turns.push(entry);
      return entry;
    };
    const timer = (callback: Callback, _ms?: number, ...args: unknown[]): object => {
      const handle = { unref: () => handle, ref: () => handle, refresh: () => handle };
      this.timers.set(handle, () => callback(...args));
      return handle;
    };
    const forget = (handle: object | undefined): void => {
      if (handle === undefined) return;
      this.timers.delete(handle);
      this.turns = this.turns.filter((entry) => entry !== handle);
    };
    Object.assign(globalThis, { setImmediate: turn, clearImmediate: forget });
    Object.assign(globalThis, { setTimeout: timer, clearTimeout: forget, setInterval: timer, clearInterval: forget });
    try {
      return body();
    } finally {
      Object.assign(globalThis, { setImmediate, clearImmediate, setTimeout, clearTimeout, setInterval, clearInterval });
    }
  }

  /** Runs what waits for the next turn, and what that puts off, up to so many; returns how many. */
  runTurns(most: number): number {
    for (let run = 0; run < most; run++) {
      const next = this.turns.shift();
      if (next === undefined) return run;
      next.run();
    }
    return most;
  }

  /** Lets one of the timers run out. */
  runTimer(number: number): void {
    const handles = [...this.timers.keys()];
    const handle = handles[number % Math.max(1, handles.length)];
    if (handle === undefined) return;
    const run = this.timers.get(handle);
    this.timers.delete(handle);
    run?.();
  }
}
