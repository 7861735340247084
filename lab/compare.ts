// One comparison from start to end: which servers take part, what they do, how fast they are, what unrelated
// traffic costs them. A server that fails is left out of that part, or of that round, and it is said.

import { loadavg, tmpdir, totalmem } from "node:os";
import { FRAME_FILTER } from "../src/backend/filter/filter.ts";
import { type Answers, behavioursOf, questionServer } from "./behaviours/behaviours.ts";
import type { Comparison, Contender, LoadRun, LoadScenario, Noise, NoiseKind, NoiseRun } from "./comparison.ts";
import { LOAD_PLANS, loadServer } from "./load-runs.ts";
import { describeMachine } from "./machine.ts";
import { type ComparisonNetwork, createNetwork } from "./network/comparison-network.ts";
import { BARE_SOCKETS, NOISE_KINDS, type NoiseRound, NoiseTrack } from "./noise-runs.ts";
import { findingsOf } from "./report/findings.ts";
import { methodOf } from "./report/method.ts";
import { rotated } from "./rounds.ts";
import { isInstalled, versionOf } from "./servers/running-server.ts";
import type { Server } from "./servers/server.ts";

/** The parts of a comparison. */
export const PARTS = ["behaviours", "load", "noise"] as const;
export type Part = (typeof PARTS)[number];

/** What to compare. */
export interface CompareOptions {
  readonly servers: readonly Server[];
  readonly parts: readonly Part[];
  /** Rounds of everything that is measured; medians want five. */
  readonly rounds: number;
  /** Short measurements. */
  readonly quick: boolean;
  /** Folder on the disk that lease files are to be on; default: the folder for temporary files. */
  readonly directory?: string;
  /** Told what goes on, a line at a time. */
  say(line: string): void;
}

/** Runs it all. */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const startedAt = new Date();
  const machine = {
    ...describeMachine(options.directory ?? tmpdir()),
    memoryMegabytes: Math.round(totalmem() / 2 ** 20),
    loadAverage: loadavg()[0] ?? 0,
  };
  const run = new ComparisonRun(options);
  const behaviours = options.parts.includes("behaviours") ? await run.behaviours() : [];
  const loads = options.parts.includes("load") ? await run.loads() : [];
  const noise = options.parts.includes("noise") ? await run.noise() : undefined;
  const comparison: Comparison = {
    format: 1,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    quick: options.quick,
    rounds: options.rounds,
    machine,
    contenders: options.servers.map(contenderOf),
    behaviours,
    loads,
    ...(noise === undefined ? {} : { noise }),
    findings: [],
    method: [...methodOf({ quick: options.quick, rounds: options.rounds }), ...run.failures],
  };
  return { ...comparison, findings: findingsOf(comparison) };
}

class ComparisonRun {
  /** What went wrong, in sentences. */
  readonly failures: string[] = [];
  readonly #options: CompareOptions;
  readonly #servers: readonly Server[];

  constructor(options: CompareOptions) {
    this.#options = options;
    this.#servers = options.servers.filter((server) => isInstalled(server));
  }

  async behaviours(): Promise<Comparison["behaviours"]> {
    const answers: Record<string, Answers> = {};
    for (const server of this.#servers) {
      await this.#inNetwork(true, `behaviours: ${server.title}`, async (network) => {
        answers[server.id] = await questionServer(network, server);
      });
    }
    return behavioursOf(answers);
  }

  async loads(): Promise<readonly LoadScenario[]> {
    const lengths = this.#options.quick ? { warmup: 0.2, seconds: 0.8 } : { warmup: 0.4, seconds: 1.5 };
    const runs = LOAD_PLANS.map(({ scenario }) => ({ scenario, runs: {} as Record<string, LoadRun[]> }));
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const server of rotated(this.#servers, round)) {
        await this.#inNetwork(false, `load, ${this.#roundName(round)}: ${server.title}`, async (network) => {
          const found = await loadServer(network, server, round, lengths);
          for (const { scenario, runs: byPeer } of runs) {
            const run = found.get(scenario.id);
            if (run === undefined) continue;
            byPeer[server.id] = [...(byPeer[server.id] ?? []), run];
            if (scenario.measure === "speed") {
              this.#options.say(`  ${scenario.title}: ${Math.round(run.exchangesPerSecond)} a second`);
            }
          }
        });
      }
    }
    return runs.map(({ scenario, runs: byPeer }) => ({ ...scenario, runs: byPeer }));
  }

  async noise(): Promise<Noise> {
    const seconds = this.#options.quick ? 0.6 : 1.2;
    const rounds = new Map<string, NoiseRound[]>();
    const keep = (id: string, found: NoiseRound): void => {
      rounds.set(id, [...(rounds.get(id) ?? []), found]);
    };
    for (let round = 0; round < this.#options.rounds; round++) {
      await this.#inNetwork(false, `noise, ${this.#roundName(round)}: bare sockets`, async (network) => {
        const track = await NoiseTrack.create(network, seconds);
        for (const socket of rotated(BARE_SOCKETS, round)) keep(socket.id, await track.listenBare(socket, round));
      });
      for (const server of rotated(this.#servers, round)) {
        await this.#inNetwork(false, `noise, ${this.#roundName(round)}: ${server.title}`, async (network) => {
          const track = await NoiseTrack.create(network, seconds);
          keep(server.id, await track.listenServer(server, round));
        });
      }
    }
    const sockets = BARE_SOCKETS.map(({ id, name }) => ({ id, name, kind: "socket" as const }));
    const servers = this.#servers.map(({ id, title }) => ({ id, name: title, kind: "server" as const }));
    return {
      seconds,
      filterInstructions: FRAME_FILTER.length,
      kinds: NOISE_KINDS,
      listeners: [...sockets, ...servers].map((listener) => ({
        ...listener,
        ...gather(rounds.get(listener.id) ?? []),
      })),
    };
  }

  /** In a network of its own, which is gone afterwards; a failure is said and kept, not thrown. */
  async #inNetwork(
    manyAddresses: boolean,
    what: string,
    use: (network: ComparisonNetwork) => Promise<void>,
  ): Promise<void> {
    this.#options.say(what);
    let network: ComparisonNetwork | undefined;
    try {
      network = await createNetwork({ directory: this.#options.directory, manyAddresses });
      await use(network);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.say(`  left out: ${reason}`);
      this.failures.push(`Left out, ${what}: ${reason.split("\n")[0]}`);
    } finally {
      await network?.lab.dispose();
    }
  }

  #roundName(round: number): string {
    return `round ${round + 1} of ${this.#options.rounds}`;
  }
}

/** The rounds of one listener by kind of traffic. */
function gather(rounds: readonly NoiseRound[]): {
  readonly runs: Partial<Record<NoiseKind["id"], readonly NoiseRun[]>>;
  readonly packetNanoseconds?: readonly number[];
} {
  const runs: Partial<Record<NoiseKind["id"], readonly NoiseRun[]>> = {};
  for (const { id } of NOISE_KINDS) {
    const found = rounds.flatMap((round) => round.runs.get(id) ?? []);
    if (found.length > 0) runs[id] = found;
  }
  const packetNanoseconds = rounds.flatMap((round) => round.packetNanoseconds ?? []);
  return packetNanoseconds.length === 0 ? { runs } : { runs, packetNanoseconds };
}

function contenderOf(server: Server): Contender {
  const named = { id: server.id, name: server.title, durability: server.durability };
  return isInstalled(server)
    ? { ...named, version: versionOf(server) }
    : { ...named, version: "", absent: `not installed (Debian's package ${server.package})` };
}
