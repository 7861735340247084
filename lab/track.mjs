// Where the benchmarks happen: a lab with two network namespaces, one with the server, one with its clients and
// their relay, on cables of their own. Each server is started with nothing leased.

import { rmSync } from "node:fs";
import { cpus } from "node:os";
import { runLoad } from "./build/js/lab/load.js";
import { Lab } from "./build/js/lab/network/lab.js";
import { RunningServer } from "./build/js/lab/servers/running-server.js";
import { counting } from "./counting.mjs";

/** Address that relayed queries are sent to, on the server's up0. */
const SERVER_ADDRESS = "10.9.0.1";
/** The relay's address (giaddr), from which it asks. */
const RELAY_ADDRESS = "10.96.0.1";
/** Another relay of the same clients' network, for load beside the load. */
export const SECOND_RELAY_ADDRESS = "10.96.0.9";
/** Address of the server's lan0, on which clients are without a relay. */
const LAN_ADDRESS = "10.80.0.1";
/** Addresses of a server's range, and thus clients: enough for none to come twice in a measurement. */
const ADDRESSES = 1_000_000;
/** Not for clients that count. */
const SPARE_ADDRESSES = 100;
/** Links of the scene with many, the one of the direct scene among them. */
export const LINKS = 50;
/** Hardware addresses of the client that finds out whether the server answers are of another series. */
const PROBE_SERIES = 1;
const WARM_UP_SERIES = 2;

const OPTIONS = { domainNameServers: ["10.96.0.2", "10.96.0.3"], domainName: "example.org" };
const UPLINK = { network: "10.9.0.0", prefixLength: 24, interface: "up0", ranges: [] };

/** One more link of the server's: interfaces, the server's address and its subnet. */
function furtherLink(number) {
  const prefix = `172.20.${number}`;
  const [server, client, address] = [`lan${number}`, `eth${number}`, `${prefix}.1`];
  const ranges = [{ first: `${prefix}.10`, last: `${prefix}.250` }];
  const subnet = {
    network: `${prefix}.0`,
    prefixLength: 24,
    interface: server,
    ranges,
    routers: [address],
    ...OPTIONS,
  };
  return { server, client, address, subnet };
}

const FURTHER_LINKS = Array.from({ length: LINKS - 1 }, (_, i) => furtherLink(i + 1));

/**
 * The scenes: where clients are, and what the server is asked to serve. Relayed ones have a network behind
 * their relay, direct ones one of the server's own; `first` is the first address of its range.
 */
const SCENES = {
  relayed: {
    orders: { server: SERVER_ADDRESS, relay: RELAY_ADDRESS },
    interfaces: ["up0"],
    subnets: [
      UPLINK,
      {
        network: "10.96.0.0",
        prefixLength: 12,
        first: "10.96.1.0",
        routers: [RELAY_ADDRESS],
        ...OPTIONS,
      },
    ],
  },
  direct: {
    orders: { server: LAN_ADDRESS, interface: "eth0" },
    interfaces: ["lan0"],
    subnets: [
      {
        network: "10.80.0.0",
        prefixLength: 12,
        interface: "lan0",
        first: "10.80.1.0",
        routers: [LAN_ADDRESS],
        ...OPTIONS,
      },
    ],
  },
};

/** The direct scene with 49 further links. */
SCENES.links = {
  ...SCENES.direct,
  interfaces: [...SCENES.direct.interfaces, ...FURTHER_LINKS.map(({ server }) => server)],
  subnets: [...SCENES.direct.subnets, ...FURTHER_LINKS.map(({ subnet }) => subnet)],
};

/** What the load is to be told to ask by one of these links, from 0 on. */
export function ordersOfLink(number) {
  const link = FURTHER_LINKS[number - 1];
  return link === undefined ? SCENES.direct.orders : { server: link.address, interface: link.client };
}

/** The scene's service with so many addresses. */
function serviceOf({ interfaces, subnets }, addresses, conflictCheck) {
  const withRange = ({ first, ...subnet }) =>
    first === undefined ? subnet : { ...subnet, ranges: [{ first, last: addressAfter(first, addresses - 1) }] };
  return { interfaces, subnets: subnets.map(withRange), addresses: [], leaseSeconds: 3600, conflictCheck };
}

function addressAfter(address, distance) {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) + distance;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}

/** The cores of the server and of the load. */
function coresFor(entrant) {
  const [server, load] = cpus().length > 1 ? ["0", "1"] : ["0", "0"];
  return { server: entrant.cores === 2 && cpus().length > 1 ? "0,1" : server, load };
}

/** The lab; one server at a time. */
export class Track {
  #lab;
  #server;
  #clients;
  #runs = 0;

  /** `base`: a folder on the disk that lease files are to be on; `hasLinks`: whether the scene with many links is wanted. */
  static async create(base, { hasLinks = false } = {}) {
    const track = new Track();
    const lab = await Lab.create({ below: base });
    track.#lab = lab;
    const server = await lab.namespace("server");
    const clients = await lab.namespace("clients");
    track.#server = server;
    track.#clients = clients;
    await lab.veth(server, "up0", clients, "up0");
    await lab.veth(server, "lan0", clients, "eth0");
    await server.ip(`addr add ${SERVER_ADDRESS}/24 dev up0`);
    await server.ip(`addr add ${LAN_ADDRESS}/12 dev lan0`);
    for (const link of hasLinks ? FURTHER_LINKS : []) {
      await lab.veth(server, link.server, clients, link.client);
      await server.ip(`addr add ${link.address}/24 dev ${link.server}`);
    }
    await clients.ip("addr add 10.9.0.2/24 dev up0");
    for (const address of [RELAY_ADDRESS, SECOND_RELAY_ADDRESS]) await clients.ip(`addr add ${address}/32 dev lo`);
    // Bunches of datagrams are cut up before the wire, as a network card does it.
    await clients.ip("link set up0 gso_max_segs 1");
    await server.ip("route add 10.96.0.0/12 via 10.9.0.2");
    return track;
  }

  /** Where lease files are. */
  get directory() {
    return this.#lab.directory;
  }

  /**
   * Starts an entrant in a scene and, once it answers, calls `use` with its run; ends it in any case. With `isFresh`
   * it is asked nothing before, and `use` is called once it says that it serves.
   */
  async withServer(entrant, scene, { conflictCheck = false, isFresh = false }, use) {
    const addresses = entrant.addresses ?? ADDRESSES;
    const service = serviceOf(SCENES[scene], addresses, conflictCheck);
    const orders = { ...SCENES[scene].orders, ...entrant.orders, clients: addresses - SPARE_ADDRESSES };
    const cores = coresFor(entrant);
    this.#runs += 1;
    const name = `${this.#runs}-${entrant.id}`;
    const start = () =>
      RunningServer.start(entrant[scene] ?? entrant.direct, this.#server, service, { processors: cores.server, name });
    const run = new Run(await start(), start, this.#clients, orders, cores.load);
    try {
      if (!isFresh) await run.probe();
      return await use(run);
    } finally {
      await run.peer.stop();
      rmSync(run.peer.directory, { recursive: true, force: true });
      await this.#server.exec(["rm", "-rf", run.peer.memoryDirectory]);
    }
  }

  async dispose() {
    await this.#lab.dispose();
  }
}

/** One server that runs, and load on it. */
class Run {
  /** The server: a RunningServer. */
  peer;
  #start;
  #clients;
  #orders;
  #cores;

  constructor(peer, start, clients, orders, cores) {
    this.peer = peer;
    this.#start = start;
    this.#clients = clients;
    this.#orders = orders;
    this.#cores = cores;
  }

  /** Waits until the server answers one client. */
  async probe() {
    const [report] = await this.load({
      series: PROBE_SERIES,
      window: 1,
      clients: 1,
      exchanges: 1,
      seconds: 20,
      timeoutMs: 100,
      tries: 20,
    });
    if (report.exchanges === 0) throw new Error(`it does not answer; its log begins:\n${this.#log}`);
  }

  /** How many clients there are for the server. */
  get clients() {
    return this.#orders.clients;
  }

  /** Loads the server with clients that do not come back. */
  async warmUp(orders) {
    await this.load({ ...orders, series: WARM_UP_SERIES });
  }

  /** Loads the server, which may end meanwhile; resolves with the generator's reports. */
  loadWhatever(orders, events = {}) {
    return runLoad(this.#clients, { ...this.#orders, ...orders }, { processors: this.#cores, ...events });
  }

  /** Starts the server again, with what it has stored, after it was ended. */
  async startAgain() {
    this.peer = await this.#start();
  }

  /** Loads the server; resolves with the generator's reports. */
  async load(orders, events = {}) {
    const reports = await this.loadWhatever(orders, events);
    if (this.peer.program.end !== undefined) throw new Error(`it ended under load; its log begins:\n${this.#log}`);
    return reports;
  }

  /** Loads the server; resolves with a Measurement for each phase, with what the server has used for it. */
  async measure(orders) {
    const readings = [];
    const read = () => readings.push(this.#read());
    const reports = await this.load(orders, { onMeasuring: read, onMeasured: read });
    return reports.map((report, index) => measurement(report, readings[2 * index], readings[2 * index + 1]));
  }

  /** Loads the server while what it calls is counted; resolves with the figures of that for each phase. */
  async count(orders) {
    const times = [];
    const mark = () => times.push(performance.now());
    const { result, between } = await counting(this.peer.pids, this.peer.directory, () =>
      this.load(orders, { onMeasuring: mark, onMeasured: mark }),
    );
    if (between === undefined) return [];
    return result.map(({ exchanges }, index) => {
      const { calls, instructions } = between(times[2 * index], times[2 * index + 1]);
      return {
        syncsPer1000: exchanges === 0 ? null : (calls * 1000) / exchanges,
        instructions: exchanges === 0 || instructions === null ? null : instructions / exchanges,
      };
    });
  }

  #read() {
    const { processorSeconds, userSeconds, writtenOctets } = this.peer;
    return { at: performance.now(), processorSeconds, userSeconds, writtenOctets };
  }

  get #log() {
    return this.peer.program.output.split("\n").slice(0, 20).join("\n");
  }
}

/** A report of the generator's with what the server has used between the two readings. */
function measurement(report, before, after) {
  const { exchanges, seconds, rate, perSecond, retransmissions, lost, naks, invalidReplies, invalidKinds } = report;
  const { p50, p99, p999 } = report.exchangeMicroseconds;
  // Readings come a little after what they are of: what they tell is taken by the second.
  const elapsed = (after.at - before.at) / 1000;
  const each = (amount) => (perSecond === 0 ? null : amount / elapsed / perSecond);
  return {
    ...{ exchanges, seconds, rate, perSecond, p50, p99, p999 },
    processorMicroseconds: each((after.processorSeconds - before.processorSeconds) * 1e6),
    userMicroseconds: each((after.userSeconds - before.userSeconds) * 1e6),
    octetsPerExchange: each(after.writtenOctets - before.writtenOctets),
    generatorBusy: report.processorSeconds / seconds,
    ...{ retransmissions, lost, naks, invalidReplies, invalidKinds },
  };
}
