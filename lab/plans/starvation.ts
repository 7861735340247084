// One host asks for addresses in the name of ever other hardware addresses, and never takes one: what becomes of memory and
// files, of clients with a lease and of new ones, in a network of 254 addresses. Ours beside the other servers.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LoadOrders, LoadReport } from "../network/load.ts";
import { ADDRESSES } from "../network/network.ts";
import type { LoadedServer } from "../network/track.ts";
import type { Starvation } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import type { ListedServer } from "../servers/list.ts";

/** Addresses of the network, with those that the track keeps back. */
const POOL_ADDRESSES = 254 + 100;
/** DISCOVERs, and how many a second, while memory is looked at. */
export const STARVING = { discovers: 1_000_000, perSecond: 10_000 };
/** DISCOVERs a second beside known and new clients, and how many of these there are in how many seconds. */
export const BESIDE = { perSecond: 5000, known: 60, renewalsPerSecond: 30, fresh: 100, seconds: 20 };

const FLOOD: Partial<LoadOrders> = { phases: ["flood"], clients: 1_000_000, timeoutMs: 100, tries: 1, bunched: true };
const KNOWN: Partial<LoadOrders> = {
  ...{ phases: ["renew"], relay: ADDRESSES.secondGiaddr, series: 20, clients: BESIDE.known },
  ...{ rate: BESIDE.renewalsPerSecond, seconds: BESIDE.seconds, timeoutMs: 1000, tries: 4 },
};
const FRESH: Partial<LoadOrders> = {
  ...{ phases: ["dora"], relay: ADDRESSES.secondGiaddr, series: 30, clients: BESIDE.fresh, once: true, finish: true },
  ...{ rate: BESIDE.fresh / BESIDE.seconds, seconds: BESIDE.seconds, timeoutMs: 1000, tries: 4 },
};

/** The plan, for each server. */
export const STARVATION: Plan = {
  id: "starvation",
  title: "a flood of new clients in a network of 254 addresses",
  isOnce: true,
  tasks: (run) => run.servers.map((server) => ({ title: server.id, work: () => measure(run, server) })),
};

async function measure(run: Run, server: ListedServer): Promise<string> {
  const discovers = run.options.settings.discovers ?? STARVING.discovers;
  const small = { ...server, addresses: POOL_ADDRESSES };
  const found = await (await run.track()).withServer(small, "relayed", {}, async (loaded): Promise<Starvation> => {
    // After it all is made that is made when it is first needed.
    const renewed = await besideFlood(loaded, KNOWN, 13);
    const served = await besideFlood(loaded, FRESH, 14);
    const flood = { ...FLOOD, rate: STARVING.perSecond, seconds: discovers / 2 / STARVING.perSecond };
    const stored = storedOctets(loaded);
    const before = loaded.running.residentOctets;
    const first = await loaded.loadOnce({ ...flood, series: 11 });
    const half = loaded.running.residentOctets;
    const second = await loaded.loadOnce({ ...flood, series: 12 });
    const after = loaded.running.residentOctets;
    const storedThen = storedOctets(loaded);
    return {
      server: server.id,
      discovers: first.sent + second.sent,
      residentOctets: { before, half, after },
      storedOctets: storedThen - stored,
      renewals: renewed.exchanges / renewed.started,
      served: served.exchanges / served.started,
      milliseconds: { p50: served.exchangeMicroseconds.p50 / 1000, max: served.exchangeMicroseconds.max / 1000 },
    };
  });
  run.results.starvations = [...(run.results.starvations ?? []), found];
  const { residentOctets, served, renewals, milliseconds } = found;
  return (
    `${found.discovers} DISCOVERs, memory ${mebibytes(residentOctets.before)} to ${mebibytes(residentOctets.after)} MiB, ` +
    `${found.storedOctets} octets stored; ${(100 * served).toFixed(0)} % of new clients in ${milliseconds.p50.toFixed(1)} ms, ` +
    `${(100 * renewals).toFixed(0)} % of renewals`
  );
}

/** What becomes of a load while new clients ask without end. */
async function besideFlood(loaded: LoadedServer, orders: Partial<LoadOrders>, series: number): Promise<LoadReport> {
  let flooding: Promise<LoadReport> | undefined;
  // Clients with a lease have it when the flood begins.
  const report = await loaded.loadOnce(orders, {
    onMeasuring: () => {
      flooding = loaded.loadOnce({ ...FLOOD, series, rate: BESIDE.perSecond, seconds: BESIDE.seconds });
    },
  });
  await flooding;
  return report;
}

/** Octets of all files of the server, but for its log. */
function storedOctets({ running }: LoadedServer): number {
  return octetsBelow(running.directory);
}

function octetsBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + octetsBelow(path);
    return entry.isFile() && !entry.name.endsWith(".log") ? sum + statSync(path).size : sum;
  }, 0);
}

function mebibytes(octets: number): string {
  return (octets / 2 ** 20).toFixed(1);
}
