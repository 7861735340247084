// What unrelated traffic costs a listener: bare sockets in a small C program (load/noise.c), and whole servers,
// under the same packets. The receiver and the sender each have a processor where there are two.

import { cpus } from "node:os";
import { FRAME_FILTER } from "../src/backend/filter/filter.ts";
import type { NoiseKind, NoiseRun } from "./comparison.ts";
import { ADDRESSES, type ComparisonNetwork, FORWARDED_TO, plainServiceFor } from "./network/comparison-network.ts";
import { familyOf, processorSeconds, wakeUps } from "./network/processes.ts";
import { builtProgram } from "./programs.ts";
import { RunningServer } from "./servers/running-server.ts";
import type { Server } from "./servers/server.ts";

const PROGRAM = builtProgram("anydhcpd-background-traffic");
/** What a sender's packets claim to come from. */
const SOURCE = "10.78.0.8";
const READY = /"ready": true/;
/** Traffic that a start has caused is over by then. */
const SETTLE_MS = 300;

/** The kinds of traffic. */
export const NOISE_KINDS: readonly NoiseKind[] = [
  { id: "silence", title: "silence", aimedAt: 0 },
  { id: "light", title: "2\u202f000/s to other ports", aimedAt: 2_000 },
  { id: "ports", title: "100\u202f000/s to other ports", aimedAt: 100_000 },
  { id: "forwarded", title: "100\u202f000/s forwarded", aimedAt: 100_000 },
];

/** A bare listener; no arguments: nobody listens. */
export interface BareSocket {
  readonly id: string;
  readonly name: string;
  readonly listen: readonly string[];
}

/** The bare listeners that are compared. */
export const BARE_SOCKETS: readonly BareSocket[] = [
  { id: "socket-none", name: "nobody listens", listen: [] },
  { id: "socket-udp", name: "UDP socket on port 67", listen: ["udp"] },
  {
    id: "socket-filtered",
    name: "packet socket, our filter",
    listen: ["packet", "lan0", ...FRAME_FILTER.map(({ code, jt, jf, k }) => `${code},${jt},${jf},${k}`)],
  },
  { id: "socket-open", name: "packet socket, no filter", listen: ["packet", "lan0"] },
];

/** Kinds that servers are measured under: a light load shows less of them than of a bare socket. */
const SERVER_KINDS = NOISE_KINDS.filter(({ id }) => id !== "light");

/** What one listener gave in one round. */
export interface NoiseRound {
  readonly runs: ReadonlyMap<NoiseKind["id"], NoiseRun>;
  readonly packetNanoseconds?: number;
}

/** Sends and measures in one network. */
export class NoiseTrack {
  readonly #network: ComparisonNetwork;
  readonly #hardware: string;
  readonly #seconds: number;

  private constructor(network: ComparisonNetwork, hardware: string, seconds: number) {
    this.#network = network;
    this.#hardware = hardware;
    this.#seconds = seconds;
  }

  /** `seconds`: length of each run. */
  static async create(network: ComparisonNetwork, seconds: number): Promise<NoiseTrack> {
    const link = await network.server.ip("link show lan0");
    const hardware = /link\/ether (\S+)/.exec(link)?.[1] ?? "ff:ff:ff:ff:ff:ff";
    return new NoiseTrack(network, hardware, seconds);
  }

  /** One round of a bare listener. */
  async listenBare(socket: BareSocket, round: number): Promise<NoiseRound> {
    const runs = new Map<NoiseKind["id"], NoiseRun>();
    const argv = [PROGRAM, "listen", ...socket.listen];
    const program =
      socket.listen.length === 0
        ? undefined
        : await this.#network.server.spawn(argv, { processors: CORES.receiver, name: `${socket.id}-${round}` });
    await program?.waitFor(READY);
    if (program !== undefined) {
      for (const kind of NOISE_KINDS) runs.set(kind.id, await this.#run(program.pid, kind, round));
    }
    const { sent, seconds } = await this.#send(0, ADDRESSES.lanPrimary, this.#seconds / 2);
    await program?.stop();
    return { runs, packetNanoseconds: (seconds * 1e9) / sent };
  }

  /** One round of a server that nobody asks for anything. */
  async listenServer(server: Server, round: number): Promise<NoiseRound> {
    const runs = new Map<NoiseKind["id"], NoiseRun>();
    const name = `noise-${round}-${server.id}`;
    const options = { processors: CORES.receiver, name };
    const running = await RunningServer.start(server, this.#network.server, plainServiceFor(server), options);
    try {
      await rest(SETTLE_MS);
      for (const kind of SERVER_KINDS) runs.set(kind.id, await this.#run(running.program.pid, kind, round));
      return { runs };
    } finally {
      await running.stop();
    }
  }

  async #run(pid: number, kind: NoiseKind, round: number): Promise<NoiseRun> {
    const before = readingOf(pid);
    let packetsPerSecond = 0;
    if (kind.aimedAt === 0) {
      await rest(this.#seconds * 1000);
    } else {
      const destination = kind.id === "forwarded" ? FORWARDED_TO : ADDRESSES.lanPrimary;
      const { sent, seconds } = await this.#send(kind.aimedAt, destination, this.#seconds);
      packetsPerSecond = sent / seconds;
    }
    const after = readingOf(pid);
    const seconds = (after.at - before.at) / 1000;
    return {
      round,
      packetsPerSecond,
      cpuShare: (after.processorSeconds - before.processorSeconds) / seconds,
      wakeupsPerSecond: (after.wakeUps - before.wakeUps) / seconds,
    };
  }

  async #send(rate: number, destination: string, seconds: number): Promise<{ sent: number; seconds: number }> {
    const argv = [PROGRAM, "send", "eth0", this.#hardware, SOURCE, destination, String(rate), String(seconds)];
    const output = await this.#network.client.exec(["taskset", "-c", CORES.sender, ...argv]);
    return JSON.parse(output);
  }
}

const CORES = cpus().length > 1 ? { receiver: "0", sender: "1" } : { receiver: "0", sender: "0" };

function readingOf(pid: number): { at: number; processorSeconds: number; wakeUps: number } {
  const family = familyOf(pid);
  return {
    at: performance.now(),
    processorSeconds: family.reduce((sum, one) => sum + processorSeconds(one), 0),
    wakeUps: family.reduce((sum, one) => sum + wakeUps(one), 0),
  };
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
