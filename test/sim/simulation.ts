// Runs one seed: builds the world, lets it go on for its time, and tells what came of it.

import { Client } from "./client.ts";
import { EventLoop } from "./event-loop.ts";
import { planFaults } from "./faults.ts";
import { Judge, type Violation } from "./judge.ts";
import { type Mutant, NO_MUTANT } from "./mutants.ts";
import { Network } from "./network.ts";
import { Node } from "./node.ts";
import { Random } from "./random.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { StoreServer } from "./store-server.ts";
import type { World } from "./world.ts";

/** What came of a run. */
export interface Outcome {
  readonly seed: number;
  readonly scenario: Scenario;
  /** The first thing that must not have happened; undefined if all is well. */
  readonly violation: Violation | undefined;
  /** How often what happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** Events of the loop, and a number that any difference between two runs changes. */
  readonly events: number;
  readonly fingerprint: number;
}

/** How to run it. */
export interface Options {
  /** Parts of the scenario, instead of what is drawn from the seed. */
  readonly scenario?: Partial<Scenario>;
  readonly mutant?: Mutant;
  /** Takes each line of what happens. */
  readonly trace?: (line: string) => void;
}

/** Milliseconds between looks at what clients believe. */
const LOOK = 5000;
/** Milliseconds in which all that is under way arrives: the latest write, and a sweep of what has ended. */
const SILENCE = 25_000;

/** Runs one seed until its time is over or something has happened that must not. */
export function simulate(seed: number, { scenario: given, mutant = NO_MUTANT, trace }: Options = {}): Outcome {
  const world = new RunningWorld(scenarioOf(seed, { ...mutant.scenario, ...given }), mutant, trace);
  world.run();
  const { scenario, judge, loop, counts, fingerprint } = world;
  return { seed, scenario, violation: judge.violation, counts, events: loop.count, fingerprint };
}

class RunningWorld implements World {
  readonly scenario: Scenario;
  readonly random: Random;
  readonly loop = new EventLoop();
  readonly judge: Judge;
  readonly network: Network;
  readonly store: StoreServer;
  readonly nodes: readonly Node[];
  readonly clients: readonly Client[];
  readonly counts = new Map<string, number>();
  readonly trace: ((who: string, text: string) => void) | undefined;
  fingerprint = 0;

  constructor(scenario: Scenario, mutant: Mutant, trace: ((line: string) => void) | undefined) {
    this.scenario = scenario;
    this.random = new Random(scenario.seed);
    this.judge = new Judge(this);
    this.network = new Network(this);
    this.store = new StoreServer(this);
    this.nodes = Array.from({ length: scenario.nodes }, (_, index) => new Node(this, mutant, index));
    this.clients = Array.from({ length: scenario.clients }, (_, index) => new Client(this, index + 1));
    this.trace =
      trace && ((who, text) => trace(`${(this.loop.now / 1000).toFixed(3).padStart(9)}  ${who.padEnd(9)}  ${text}`));
  }

  run(): void {
    const { loop, random, scenario, judge } = this;
    for (const node of this.nodes) loop.planFor(undefined, random.between(0, 3000), () => node.start());
    for (const client of this.clients)
      loop.planFor(undefined, scenario.startFrom + random.between(0, scenario.startWithin), () => client.start());
    planFaults(this);
    const look = (): void => {
      judge.look();
      this.fingerprint = Math.imul(this.fingerprint ^ Math.floor(random.next() * 0xffffffff), 0x01000193) >>> 0;
      loop.planFor(undefined, LOOK, look);
    };
    loop.planFor(undefined, LOOK, look);
    loop.run(scenario.duration, () => judge.violation !== undefined);
    if (judge.violation !== undefined) return;
    judge.lookAtOffers();
    judge.lookAtClients();
    // What is under way arrives, and nothing new comes.
    this.network.isSilent = true;
    loop.run(scenario.duration + SILENCE, () => judge.violation !== undefined);
    judge.lookAtMirrors();
  }

  clientOf(hardware: number): Client | undefined {
    const client = this.clients[(hardware & 0xffff) - 1];
    return client?.hardware === hardware ? client : undefined;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
