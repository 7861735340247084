// What lies between one node and the store: each request and each answer may be lost, be slow, or come very late. A write
// that comes late is applied although its sender has given up on it, and although a read has shown it absent meanwhile.

import type { Owner } from "./event-loop.ts";
import type { Link, World } from "./world.ts";

/** Milliseconds that a request or an answer takes, when nothing is wrong and when the store is slow. */
const USUAL = [0.2, 3] as const;
const SLOW = [200, 2000] as const;
/** Milliseconds until a request arrives that its sender has given up on. */
const LATE = [1000, 20_000] as const;
/** Share of the requests that meet an outage and are carried out after it. */
const SURVIVES_OUTAGE = 0.3;

/** One node's way to the store. */
export class StoreLink implements Link {
  /** Requests do not arrive. */
  isRequestCut = false;
  /** Answers, and events of a watch, do not arrive. */
  isAnswerCut = false;
  /** All is slow. */
  isSlow = false;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** Has the store perform something; `answer` is called for `owner` with the result, perhaps. */
  request<Result>(owner: Owner, perform: () => Result, answer: (result: Result) => void): void {
    const { loop, random, scenario, store } = this.world;
    const { cluster } = store;
    const arrive = (): void => {
      // A restored store knows nothing of what was on its way.
      if (store.cluster !== cluster) return;
      if (store.isDown || this.isRequestCut) {
        if (random.chance(SURVIVES_OUTAGE)) loop.planFor(undefined, random.between(...LATE), arrive);
        return;
      }
      const result = perform();
      if (this.isAnswerCut || random.chance(scenario.repliesLost)) return;
      loop.planFor(owner, this.delay(), () => answer(result));
    };
    const delay = random.chance(scenario.late) ? random.between(...LATE) : this.delay();
    loop.planFor(undefined, delay, arrive);
  }

  /** Tells the store something that it answers by itself, if at all. */
  tell(perform: () => void): void {
    const { loop, store } = this.world;
    const { cluster } = store;
    loop.planFor(undefined, this.delay(), () => {
      if (store.cluster === cluster && !store.isDown && !this.isRequestCut) perform();
    });
  }

  /** Milliseconds that something takes now. */
  delay(): number {
    const { random, scenario } = this.world;
    return this.isSlow || random.chance(scenario.slow) ? random.between(...SLOW) : random.between(...USUAL);
  }

  /** Whether events of a watch arrive now. */
  get isOpen(): boolean {
    return !this.isAnswerCut && !this.world.store.isDown;
  }
}
