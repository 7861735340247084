// One run of the laboratory: plans, and the servers under test, round by round. In each round all servers have their
// turn, another one first each time, so that what the machine does meanwhile meets all of them. What fails is left out of
// that round, and it is said.

import { spawnSync } from "node:child_process";
import { describeMachine } from "./network/machine.ts";
import { createNetwork, type Network, type NetworkOptions } from "./network/network.ts";
import { Track } from "./network/track.ts";
import { ROOT } from "./programs.ts";
import { rotated } from "./report/statistics.ts";
import type { Kind, LoadPlanRecord, Measured, Results, Settings, TestedServer } from "./results.ts";
import type { ListedServer } from "./servers/list.ts";
import { isInstalled, versionOf } from "./servers/running-server.ts";

/** One thing to do: mostly one measurement of one server. */
export interface Task {
  /** What it is done to, for people. */
  readonly title: string;
  /** Does it, and keeps what it finds in the run's results; resolves with that in a few words. */
  work(): Promise<string>;
}

/** A kind of measurement. */
export interface Plan {
  readonly id: string;
  readonly title: string;
  /** The kind of load, where it is one that tables are made of. */
  readonly load?: LoadPlanRecord;
  /** Whether it is done once, after the rounds. */
  readonly isOnce?: boolean;
  /** What there is to do in the round that the run is at. */
  tasks(run: Run): readonly Task[];
  /** Seconds that one task takes, if that is known before. */
  estimate?(run: Run): number;
}

/** What a run is asked for. */
export interface RunOptions {
  readonly kind: Kind;
  readonly plans: readonly Plan[];
  /** Servers that are not installed are left out, and it is said. */
  readonly servers: readonly ListedServer[];
  readonly settings: Settings;
  /** Folder on the disk that lease files are to be on. */
  readonly directory: string;
  /** Whether the network has the links of the scene with many. */
  readonly manyLinks?: boolean;
  /** Gets the progress, a line at a time. */
  say(line: string): void;
  /** Gets the results after each round. */
  onRound?(results: Results): void;
}

/** A run under way: what plans need of it. */
export class Run {
  /** Those that are installed. */
  readonly servers: readonly ListedServer[];
  readonly options: RunOptions;
  readonly results: Results;
  /** From 0 on; plans that are done once come after the last one. */
  round = 0;
  readonly #began = performance.now();
  #track: Promise<Track> | undefined;

  private constructor(options: RunOptions) {
    this.options = options;
    this.servers = options.servers.filter(isInstalled);
    const commit = spawnSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" });
    this.results = {
      format: 2,
      kind: options.kind,
      date: new Date().toISOString(),
      ...(commit.status === 0 ? { commit: commit.stdout.trim() } : {}),
      machine: describeMachine(options.directory),
      settings: options.settings,
      servers: options.servers.map(describeServer),
      failures: [],
      plans: options.plans.flatMap(({ load }) => (load === undefined ? [] : [load])),
      rounds: [],
    };
  }

  /** Runs all plans; resolves with the results. */
  static async all(options: RunOptions): Promise<Results> {
    const run = new Run(options);
    const { plans, settings, onRound, say } = options;
    const minutes = run.#estimate() / 60;
    if (minutes > 0) say(`about ${Math.ceil(minutes)} minutes`);
    try {
      const inRounds = plans.filter(({ isOnce }) => isOnce !== true);
      for (run.round = 0; run.round < (settings.rounds ?? 1) && inRounds.length > 0; run.round++) {
        for (const plan of inRounds) await run.#do(plan, `round ${run.round + 1}  `);
        onRound?.(run.#sum());
      }
      for (const plan of plans) if (plan.isOnce === true) await run.#do(plan, "");
    } finally {
      await (await run.#track)?.dispose();
    }
    return run.#sum();
  }

  /** The network that loads share, made when it is first asked for. */
  track(): Promise<Track> {
    const { directory, manyLinks = false } = this.options;
    this.#track ??= Track.create({ directory, manyLinks });
    return this.#track;
  }

  /** Calls `use` with a network of its own, which is gone afterwards. */
  async inNetwork<T>(options: NetworkOptions, use: (network: Network) => Promise<T>): Promise<T> {
    const network = await createNetwork({ directory: this.options.directory, ...options });
    try {
      return await use(network);
    } finally {
      await network.lab.dispose();
    }
  }

  /** Keeps a measurement of a server in the results of this round. */
  keep(server: string, name: string, measured: Measured): void {
    const { rounds } = this.results;
    while (rounds.length <= this.round) rounds.push({});
    const round = rounds[this.round] ?? {};
    round[server] = { ...round[server], [name]: measured };
  }

  /** Seconds that all plans take which tell it. */
  #estimate(): number {
    const { plans, settings } = this.options;
    return plans.reduce((sum, plan) => {
      const times = plan.isOnce === true ? 1 : (settings.rounds ?? 1);
      return sum + (plan.estimate?.(this) ?? 0) * times * this.servers.length;
    }, 0);
  }

  async #do(plan: Plan, head: string): Promise<void> {
    const tasks = plan.tasks(this);
    for (const task of plan.isOnce === true ? tasks : rotated(tasks, this.round)) {
      const line = `${head}${plan.id.padEnd(14)} ${task.title}`;
      try {
        this.options.say(`${line}: ${await task.work()}`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.options.say(`${line}: left out: ${reason}`);
        const failure = `Left out, ${plan.id}: ${task.title}: ${reason.split("\n", 1)[0]}`;
        if (!this.results.failures.includes(failure)) this.results.failures.push(failure);
      }
    }
  }

  #sum(): Results {
    this.results.seconds = (performance.now() - this.#began) / 1000;
    return this.results;
  }
}

function describeServer(server: ListedServer): TestedServer {
  const { id, title, durability, addresses, cores, isBaseline, conflicts } = server;
  return {
    ...{ id, title, durability },
    version: isInstalled(server) && isBaseline !== true ? versionOf(server) : "",
    ...(addresses === undefined ? {} : { addresses }),
    ...(cores === undefined ? {} : { cores }),
    ...(isBaseline === true ? { isBaseline } : {}),
    ...(conflicts === undefined ? {} : { conflictDetection: conflicts }),
    ...(isInstalled(server) ? {} : { absent: `not installed (Debian's package ${server.package})` }),
  };
}
