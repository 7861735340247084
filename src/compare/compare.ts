// One comparison from start to end: which servers take part, what they do, how fast they are, what unrelated
// traffic costs them. A server that fails is left out of that part, or of that round, and it is said.

import { loadavg, tmpdir, totalmem } from "node:os";
import { FRAME_FILTER } from "../backend/filter.ts";
import { type Answers, behavioursOf, questionPeer } from "./behaviours.ts";
import type { Comparison, Contender, LoadRun, LoadScenario, Noise, NoiseKind, NoiseRun } from "./comparison.ts";
import { type ComparisonNetwork, createNetwork } from "./comparison-network.ts";
import { findingsOf } from "./findings.ts";
import { LOAD_PLANS, loadPeer } from "./load-runs.ts";
import { describeMachine } from "./machine.ts";
import { methodOf } from "./method.ts";
import { BARE_SOCKETS, NOISE_KINDS, type NoiseRound, NoiseTrack } from "./noise-runs.ts";
import type { Peer } from "./peers/peer.ts";
import { isInstalled, versionOf } from "./peers/running-peer.ts";
import { rotated } from "./rounds.ts";

/** The parts of a comparison. */
export const PARTS = ["behaviours", "load", "noise"] as const;
export type Part = (typeof PARTS)[number];

/** What to compare. */
export interface CompareOptions {
  readonly peers: readonly Peer[];
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
    contenders: options.peers.map(contenderOf),
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
  readonly #peers: readonly Peer[];

  constructor(options: CompareOptions) {
    this.#options = options;
    this.#peers = options.peers.filter((peer) => isInstalled(peer));
  }

  async behaviours(): Promise<Comparison["behaviours"]> {
    const answers: Record<string, Answers> = {};
    for (const peer of this.#peers) {
      await this.#inNetwork(true, `behaviours: ${peer.title}`, async (network) => {
        answers[peer.id] = await questionPeer(network, peer);
      });
    }
    return behavioursOf(answers);
  }

  async loads(): Promise<readonly LoadScenario[]> {
    const lengths = this.#options.quick ? { warmup: 0.2, seconds: 0.8 } : { warmup: 0.4, seconds: 1.5 };
    const runs = LOAD_PLANS.map(({ scenario }) => ({ scenario, runs: {} as Record<string, LoadRun[]> }));
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const peer of rotated(this.#peers, round)) {
        await this.#inNetwork(false, `load, ${this.#roundName(round)}: ${peer.title}`, async (network) => {
          const found = await loadPeer(network, peer, round, lengths);
          for (const { scenario, runs: byPeer } of runs) {
            const run = found.get(scenario.id);
            if (run === undefined) continue;
            byPeer[peer.id] = [...(byPeer[peer.id] ?? []), run];
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
      for (const peer of rotated(this.#peers, round)) {
        await this.#inNetwork(false, `noise, ${this.#roundName(round)}: ${peer.title}`, async (network) => {
          const track = await NoiseTrack.create(network, seconds);
          keep(peer.id, await track.listenServer(peer, round));
        });
      }
    }
    const sockets = BARE_SOCKETS.map(({ id, name }) => ({ id, name, kind: "socket" as const }));
    const servers = this.#peers.map(({ id, title }) => ({ id, name: title, kind: "server" as const }));
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

function contenderOf(peer: Peer): Contender {
  const named = { id: peer.id, name: peer.title, durability: peer.durability };
  return isInstalled(peer)
    ? { ...named, version: versionOf(peer) }
    : { ...named, version: "", absent: `not installed (Debian's package ${peer.package})` };
}
