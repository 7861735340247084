// What happens to clients with a lease, to memory and to the event loop while ten times as many new clients ask as the
// server can answer, or as many as the load can make, and how fast all is as before; and how the server gives leases
// while the disk is slow or stalls. After each, the plan kills the server (SIGKILL) under load, and compares the
// clients' leases with those that it knows after a new start.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { ask, askForLeases } from "../../src/cli/control-client.ts";
import { type Lease, Status } from "../../src/control/messages.ts";
import type { LoadOrders, LoadReport } from "../network/load.ts";
import { ADDRESSES } from "../network/network.ts";
import { residentOctets } from "../network/processes.ts";
import type { LoadedServer } from "../network/track.ts";
import { builtProgram } from "../programs.ts";
import type { Flood, SlowDisk } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import type { ListedServer } from "../servers/list.ts";
import { controlSocketOf } from "../servers/running-server.ts";

/** As many DISCOVERs as can be answered, so many times. */
export const FLOOD_TIMES = 10;
/** New clients that ask once and go; each waits this long for its OFFER. */
const FLOOD: Partial<LoadOrders> = {
  ...{ phases: ["flood"], series: 10, clients: 400_000, timeoutMs: 250, tries: 1, bunched: true },
};
/**
 * Clients with a lease that renew it, five hundred a second, each once. A client asks again until its lease ends,
 * which is an hour for most; here it asks four times, 0.5, 1 and 2 s apart, all of them during the flood.
 */
export const RENEWALS = { clients: 3000, rate: 500, timeoutMs: 500, tries: 4 };
const RENEWING: Partial<LoadOrders> = {
  ...RENEWALS,
  ...{ phases: ["renew"], relay: ADDRESSES.secondGiaddr, series: 20, once: true, finish: true, seconds: 30 },
};
/** Clients that get leases while the server is killed. */
const KILLED: Partial<LoadOrders> & { readonly seconds: number } = {
  ...{ phases: ["dora"], clients: 20_000, once: true, timeoutMs: 500, tries: 4, seconds: 3 },
};
const KILL_AFTER_MS = 1500;
/** Memory is looked at this often, and after this long it should be as before. */
const LOOK_MS = 100;
const REST_MS = 5000;
/** After the flood so many new clients ask every 100 ms; it is over for them when all are answered. */
const RECOVERY: Partial<LoadOrders> = {
  ...{ phases: ["flood"], rate: 1000, seconds: 0.1, clients: 1000, timeoutMs: 90, tries: 1 },
};
const RECOVERY_STEPS_MAX = 50;
const ANSWERED_AGAIN = 0.98;
const WARM_UP: Partial<LoadOrders> = { phases: ["dora"], window: 256, seconds: 2, timeoutMs: 1000 };
/** New leases that can be given: what a client comes for, an OFFER is not all of it. */
const LEASES: Partial<LoadOrders> = { ...WARM_UP, warmup: 1, seconds: 1.5, once: true };

/** A disk, as orders to slow-disk.so; `stall` is one at a time after the start of the load. */
interface Disk {
  readonly name: string;
  readonly order: string;
  readonly stall?: { readonly order: string; readonly atMs: number; readonly seconds: number };
}

const DISKS: readonly Disk[] = [
  { name: "as it is", order: "well" },
  { name: "fdatasync + 10 ms", order: "delay 10" },
  { name: "fdatasync + 100 ms", order: "delay 100" },
  { name: "one stall of 5 s", order: "well", stall: { order: "stall 5000 1", atMs: 1000, seconds: 8 } },
];

/** The two parts, for each of our servers. */
export const OVERLOAD: readonly Plan[] = [
  {
    id: "flood",
    title: "ten times as many new clients as can be answered",
    isOnce: true,
    tasks: (run) => run.servers.map((server) => ({ title: server.id, work: () => measureFlood(run, server) })),
  },
  {
    id: "disk",
    title: "slow and stalling disks",
    isOnce: true,
    tasks: (run) =>
      run.servers.flatMap((server) =>
        DISKS.map((disk) => ({ title: `${server.id}, ${disk.name}`, work: () => measureDisk(run, server, disk) })),
      ),
  },
];

async function measureFlood(run: Run, server: ListedServer): Promise<string> {
  const { floodSeconds = 10 } = run.options.settings;
  const flood = await (await run.track()).withServer(server, "relayed", {}, async (loaded): Promise<Flood> => {
    const leases = await loaded.loadOnce({ ...LEASES, series: 5 });
    // All of the clients once: what the server knows of them is no cost of the flood.
    const closed = { window: 256, seconds: 20, once: true, timeoutMs: 1000, tries: 4, bunched: false };
    const capacity = await loaded.loadOnce({ ...FLOOD, ...closed });
    const quiet = await loaded.loadOnce(RENEWING);
    await sleep(REST_MS);
    const before = mainMemory(loaded);
    await measureLoop(loaded);

    const memory = sampleMemory(loaded);
    const rate = capacity.perSecond * FLOOD_TIMES;
    let flooding: Promise<LoadReport> | undefined;
    // The renewing clients have their leases when the flood begins.
    const renewing = await loaded.loadOnce(RENEWING, {
      onMeasuring: () => {
        flooding = loaded.loadOnce({ ...FLOOD, rate, seconds: floodSeconds });
      },
    });
    const flooded = await flooding;
    if (flooded === undefined) throw new Error("the renewing clients have not begun");
    const { eventLoopDelay } = await loopDelay(loaded);
    const recoveryMs = await recover(loaded);
    const during = memory.stop();
    await sleep(REST_MS);
    const after = mainMemory(loaded);
    const offered = flooded.sent / flooded.seconds;
    return {
      backend: backendOf(server),
      leasesPerSecond: leases.perSecond,
      capacityPerSecond: capacity.perSecond,
      offeredPerSecond: offered,
      times: offered / capacity.perSecond,
      timesLeases: offered / leases.perSecond,
      answeredPerSecond: flooded.perSecond,
      offers: flooded.offerMicroseconds,
      quiet: renewalsOf(quiet),
      renewals: renewalsOf(renewing),
      eventLoopDelay,
      recoveryMs,
      memoryMiB: { before, during, after },
      invalidKinds: { ...flooded.invalidKinds, ...renewing.invalidKinds },
      ...(await killUnder(loaded, { ...FLOOD, series: 11, rate, seconds: KILLED.seconds })),
    };
  });
  run.results.floods = [...(run.results.floods ?? []), flood];
  const { before, during, after } = flood.memoryMiB;
  return (
    `${flood.timesLeases.toFixed(1)}x leases, ${flood.times.toFixed(1)}x OFFERs, ` +
    `${(100 * flood.renewals.success).toFixed(2)} % of renewals, ` +
    `${Math.round(flood.answeredPerSecond)} OFFERs/s of ${Math.round(flood.capacityPerSecond)}, ` +
    `memory ${before} to ${during} to ${after} MiB, recovery ${flood.recoveryMs} ms, lost ACKs ${flood.lostLeases}`
  );
}

/** How renewing clients fared. */
export function renewalsOf(report: LoadReport): Flood["renewals"] {
  const { exchanges, started, retransmissions, lost, naks, exchangeMicroseconds } = report;
  return { success: exchanges / started, started, retransmissions, lost, naks, times: exchangeMicroseconds };
}

/** Milliseconds from now until every new client is answered again; null where that does not come. */
async function recover(loaded: LoadedServer): Promise<number | null> {
  const began = performance.now();
  for (let step = 0; step < RECOVERY_STEPS_MAX; step++) {
    const at = performance.now() - began;
    const { exchanges, started } = await loaded.loadOnce({ ...RECOVERY, series: 100 + step });
    if (exchanges >= started * ANSWERED_AGAIN) return Math.round(at);
  }
  return null;
}

async function measureDisk(run: Run, server: ListedServer, { name, order, stall }: Disk): Promise<string> {
  const { diskSeconds = 4 } = run.options.settings;
  const { slow, control } = onSlowDisk(server);
  const disk = await (await run.track()).withServer(slow, "relayed", {}, async (loaded): Promise<SlowDisk> => {
    await loaded.load({ ...WARM_UP, series: 5 });
    writeFileSync(control(), `${order}\n`);
    await measureLoop(loaded);
    const stalling =
      stall === undefined ? undefined : setTimeout(() => writeFileSync(control(), `${stall.order}\n`), stall.atMs);
    const seconds = stall?.seconds ?? diskSeconds;
    const patience = { timeoutMs: 1000, tries: 4 };
    const dora = await loaded.loadOnce({ phases: ["dora"], series: 30, window: 256, seconds, ...patience });
    clearTimeout(stalling);
    const { eventLoopDelay, counters } = await loopDelay(loaded);
    const { p50, p99, max } = dora.exchangeMicroseconds;
    return {
      backend: backendOf(server),
      disk: name,
      perSecond: dora.perSecond,
      times: { p50, p99, max },
      retransmissions: dora.retransmissions,
      lost: dora.lost,
      eventLoopDelay,
      leasesPerCommit: (counters["store-leases"] ?? 0) / (counters["store-commits"] ?? 1),
      invalidKinds: dora.invalidKinds,
      ...(await killUnder(loaded)),
    };
  });
  run.results.disks = [...(run.results.disks ?? []), disk];
  return (
    `${Math.round(disk.perSecond)} DORA/s, p99 ${(disk.times.p99 / 1000).toFixed(1)} ms, ` +
    `loop p99 ${disk.eventLoopDelay.p99} ms, lost ACKs ${disk.lostLeases}`
  );
}

/** The server on a disk that obeys the file `control()`, whose place is known once the server is prepared. */
function onSlowDisk(server: ListedServer): { readonly slow: ListedServer; control(): string } {
  let control = "";
  const slow: ListedServer = {
    ...server,
    prepare(service, places) {
      const preparation = server.prepare(service, places);
      // Where the daemon may read: beside its configuration.
      const folder = dirname(preparation.argv[preparation.argv.indexOf("-c") + 1] ?? "");
      control = join(folder, "slow-disk.control");
      const library = join(folder, "slow-disk.so");
      copyFileSync(builtProgram("slow-disk.so"), library);
      const environment = { ...preparation.environment, LD_PRELOAD: library, SLOW_DISK_CONTROL: control };
      return { ...preparation, environment };
    },
  };
  return { slow, control: () => control };
}

/** Kills the server while clients get leases, starts it again and counts the clients' leases that it has forgotten. */
async function killUnder(
  loaded: LoadedServer,
  flood?: Partial<LoadOrders>,
): Promise<Pick<Flood, "toldLeases" | "lostLeases" | "invalidAtKill">> {
  const file = join(loaded.running.directory, "told");
  const flooding = flood === undefined ? undefined : loaded.loadWhatever(flood);
  const orders = { ...KILLED, relay: ADDRESSES.secondGiaddr, series: 40, rate: 4000, leases: file };
  const loading = loaded.loadWhatever(orders);
  await sleep(KILL_AFTER_MS);
  await loaded.running.stop("SIGKILL");
  const [report] = await loading;
  await flooding;
  await loaded.startAgain();
  const known = new Map<string, Lease>();
  for await (const lease of askForLeases(controlOf(loaded), "leases")) known.set(lease.address, lease);
  const told = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const forgotten = told.filter((line) => {
    const [address = "", hardware, until] = line.split(" ");
    const lease = known.get(address);
    const isKnown = lease?.hardware === hardware && lease?.state === "bound";
    return !isKnown || Date.parse(lease.ends) / 1000 < Number(until);
  });
  return { toldLeases: told.length, lostLeases: forgotten.length, invalidAtKill: report?.invalidKinds ?? {} };
}

/** Makes the server measure its event loop from now on: the first answer has no delay yet. */
async function measureLoop(loaded: LoadedServer): Promise<void> {
  await ask(controlOf(loaded), "delay", Status);
}

/** The status with the event loop's delay since it was last asked for. */
async function loopDelay(
  loaded: LoadedServer,
): Promise<Pick<z.infer<typeof Status>, "counters"> & Pick<Flood, "eventLoopDelay">> {
  const { counters, eventLoopDelay } = await ask(controlOf(loaded), "delay", Status);
  if (eventLoopDelay === undefined) throw new Error("the status has no delay of the event loop");
  return { counters, eventLoopDelay };
}

function controlOf(loaded: LoadedServer): string {
  return controlSocketOf(loaded.running);
}

/** Mebibytes of resident memory of the server without its helper. */
function mainMemory(loaded: LoadedServer): number {
  return Math.round(residentOctets(loaded.running.program.pid) / 2 ** 20);
}

/** `stop` returns the largest value seen until then. */
function sampleMemory(loaded: LoadedServer): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, mainMemory(loaded));
  }, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}

function backendOf({ id }: ListedServer): string {
  return id.includes("bpf") ? "bpf" : "udp";
}
