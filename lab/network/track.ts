// Servers under load: each is started with nothing leased, on one processor, while the generator has another; what it uses
// meanwhile is read from the kernel.

import { rmSync } from "node:fs";
import { cpus } from "node:os";
import type { Measurement } from "../results.ts";
import type { ListedServer } from "../servers/list.ts";
import { RunningServer } from "../servers/running-server.ts";
import type { Server } from "../servers/server.ts";
import { counting } from "./counting.ts";
import { type LoadOrders, type LoadReport, type LoadRunOptions, runLoad } from "./load.ts";
import {
  createNetwork,
  type Network,
  type NetworkOptions,
  ordersOf,
  RANGE_ADDRESSES,
  type Scene,
  serviceOf,
} from "./network.ts";

/** Not for clients that count. */
const SPARE_ADDRESSES = 100;
/** Series of hardware addresses of the client that finds out whether the server answers, and of those of the warm-up. */
const PROBE_SERIES = 1;
const WARM_UP_SERIES = 2;
/** Processors, where there are two: of a server, of the load, and both. */
export const CORES =
  cpus().length > 1 ? { server: "0", load: "1", both: "0,1" } : { server: "0", load: "0", both: "0" };

/** How a server is started on the track. */
export interface StartOptions {
  /** Whether it checks addresses before it offers them; not by default. */
  readonly conflictCheck?: boolean;
  /** Whether it is asked nothing before it is used; by default it has answered one client. */
  readonly isFresh?: boolean;
}

/** The network with one server at a time in it. */
export class Track {
  readonly #network: Network;
  #runs = 0;

  private constructor(network: Network) {
    this.#network = network;
  }

  /** Makes the network. */
  static async create(options: NetworkOptions): Promise<Track> {
    return new Track(await createNetwork(options));
  }

  /** Starts a server in a scene, calls `use` with it, and ends it in any case. */
  async withServer<T>(
    server: Server & Partial<ListedServer>,
    scene: Scene,
    { conflictCheck = false, isFresh = false }: StartOptions,
    use: (loaded: LoadedServer) => Promise<T>,
  ): Promise<T> {
    const { addresses = RANGE_ADDRESSES, cores = 1, lenience } = server;
    const orders = { ...ordersOf(scene), ...lenience, clients: addresses - SPARE_ADDRESSES };
    this.#runs += 1;
    const place = { processors: cores === 1 ? CORES.server : CORES.both, name: `${this.#runs}-${server.id}` };
    const started = scene === "relayed" ? server : (server.onOwnNetwork ?? server);
    const start = (): Promise<RunningServer> =>
      RunningServer.start(started, this.#network.server, serviceOf(scene, addresses, conflictCheck), place);
    const loaded = new LoadedServer(await start(), start, this.#network, orders);
    try {
      if (!isFresh) await loaded.probe();
      return await use(loaded);
    } finally {
      await loaded.running.stop();
      rmSync(loaded.running.directory, { recursive: true, force: true });
      await this.#network.server.exec(["rm", "-rf", loaded.running.memoryDirectory]);
    }
  }

  /** Ends all programs, and removes the network. */
  async dispose(): Promise<void> {
    await this.#network.lab.dispose();
  }
}

/** What a server has used so far. */
interface Reading {
  readonly at: number;
  readonly processorSeconds: number;
  readonly userSeconds: number;
  readonly writtenOctets: number;
}

/** A server that runs, and load on it. */
export class LoadedServer {
  running: RunningServer;
  readonly #start: () => Promise<RunningServer>;
  readonly #network: Network;
  readonly #orders: LoadOrders & { clients: number };

  /** Made by `Track.withServer`; `start` starts the same server again. */
  constructor(
    running: RunningServer,
    start: () => Promise<RunningServer>,
    network: Network,
    orders: LoadOrders & { clients: number },
  ) {
    this.running = running;
    this.#start = start;
    this.#network = network;
    this.#orders = orders;
  }

  /** How many clients there are for the server. */
  get clients(): number {
    return this.#orders.clients;
  }

  /** Waits until the server answers one client. */
  async probe(): Promise<void> {
    const patience = { seconds: 20, timeoutMs: 100, tries: 20 };
    const reports = await this.load({ series: PROBE_SERIES, window: 1, clients: 1, exchanges: 1, ...patience });
    if (reports[0]?.exchanges !== 1) throw new Error(`it does not answer; its log begins:\n${this.#log}`);
  }

  /** Loads the server with clients that do not come back. */
  async warmUp(orders: Partial<LoadOrders>): Promise<void> {
    await this.load({ ...orders, series: WARM_UP_SERIES });
  }

  /** Starts the server again, with what it has stored, after it was ended. */
  async startAgain(): Promise<void> {
    this.running = await this.#start();
  }

  /** Loads the server, which may end meanwhile; resolves with the generator's reports, one for each phase. */
  loadWhatever(orders: Partial<LoadOrders>, events: LoadRunOptions = {}): Promise<readonly LoadReport[]> {
    const all = { ...this.#orders, ...orders };
    const namespace = all.relay === undefined ? this.#network.client : this.#network.relay;
    return runLoad(namespace, all, { processors: CORES.load, ...events });
  }

  /** Loads the server; resolves with the generator's reports, one for each phase. Rejects where the server has ended. */
  async load(orders: Partial<LoadOrders>, events: LoadRunOptions = {}): Promise<readonly LoadReport[]> {
    const reports = await this.loadWhatever(orders, events);
    if (this.running.program.end !== undefined) throw new Error(`it ended under load; its log begins:\n${this.#log}`);
    return reports;
  }

  /** The same for orders of one phase. */
  async loadOnce(orders: Partial<LoadOrders>, events: LoadRunOptions = {}): Promise<LoadReport> {
    const [report] = await this.load(orders, events);
    if (report === undefined) throw new Error("the load generator has told nothing");
    return report;
  }

  /** Loads the server; resolves with a measurement for each phase, with what the server has used for it. */
  async measure(orders: Partial<LoadOrders>): Promise<readonly Measurement[]> {
    const readings: Reading[] = [];
    const read = (): unknown => readings.push(this.#read());
    const reports = await this.load(orders, { onMeasuring: read, onMeasured: read });
    return reports.map((report, index) => {
      const [before, after] = readings.slice(2 * index, 2 * index + 2);
      if (before === undefined || after === undefined) throw new Error("the load generator has not told its phases");
      return measurementOf(report, before, after);
    });
  }

  /** Loads the server while what it calls is counted; resolves with the figures of that for each phase. */
  async count(orders: Partial<LoadOrders>): Promise<readonly Pick<Measurement, "syncsPer1000" | "instructions">[]> {
    const times: number[] = [];
    const mark = (): unknown => times.push(performance.now());
    const { result, between } = await counting(this.running.pids, this.running.directory, () =>
      this.load(orders, { onMeasuring: mark, onMeasured: mark }),
    );
    if (between === undefined) return [];
    return result.map(({ exchanges }, index) => {
      const { calls, instructions } = between(times[2 * index] ?? 0, times[2 * index + 1] ?? 0);
      return {
        syncsPer1000: exchanges === 0 ? null : (calls * 1000) / exchanges,
        instructions: exchanges === 0 || instructions === null ? null : instructions / exchanges,
      };
    });
  }

  #read(): Reading {
    const { processorSeconds, userSeconds, writtenOctets } = this.running;
    return { at: performance.now(), processorSeconds, userSeconds, writtenOctets };
  }

  get #log(): string {
    return this.running.program.output.split("\n").slice(0, 20).join("\n");
  }
}

/** A report of the generator's with what the server has used between the two readings. */
function measurementOf(report: LoadReport, before: Reading, after: Reading): Measurement {
  const { exchanges, seconds, rate, perSecond, retransmissions, lost, naks, invalidReplies, invalidKinds } = report;
  // Readings come a little after what they are of: what they tell is taken by the second.
  const elapsed = (after.at - before.at) / 1000;
  const each = (amount: number): number | null => (perSecond === 0 ? null : amount / elapsed / perSecond);
  return {
    ...{ exchanges, seconds, rate, perSecond, ...report.exchangeMicroseconds },
    processorMicroseconds: each((after.processorSeconds - before.processorSeconds) * 1e6),
    userMicroseconds: each((after.userSeconds - before.userSeconds) * 1e6),
    octetsPerExchange: each(after.writtenOctets - before.writtenOctets),
    generatorBusy: report.processorSeconds / seconds,
    syncsPer1000: null,
    instructions: null,
    ...{ retransmissions, lost, naks, invalidReplies, invalidKinds },
  };
}
