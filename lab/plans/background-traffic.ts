// What background traffic costs a listener: bare sockets in a small C program (lab/load/background_traffic.c), and whole
// servers, under the same packets. The receiver and the sender each have a processor where there are two.

import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { FRAME_FILTER } from "../../src/backend/filter/filter.ts";
import { ADDRESSES, FORWARDED_TO, type Network, plainServiceFor } from "../network/network.ts";
import { familyOf, processorSeconds, wakeUps } from "../network/processes.ts";
import { builtProgram } from "../programs.ts";
import type { BackgroundTraffic, TrafficKind, TrafficListener, TrafficRun } from "../results.ts";
import type { Plan, Run } from "../run.ts";
import { RunningServer } from "../servers/running-server.ts";
import type { Server } from "../servers/server.ts";

/** What a sender's packets claim to come from. */
const SOURCE = "10.80.0.8";
/** The program that listens and sends. */
const PROGRAM = "anydhcpd-background-traffic";
const READY = /"ready": true/;
/** Traffic that a start has caused is over by then. */
const SETTLE_MS = 300;
/** Length of each run; of a quick one. */
const SECONDS = 1.2;
const QUICK_SECONDS = 0.6;
const CORES = cpus().length > 1 ? { receiver: "0", sender: "1" } : { receiver: "0", sender: "0" };

/** What the program says at the end of its sending. */
const Sent = z.object({ sent: z.number().positive(), seconds: z.number().positive() });

/** The kinds of traffic. */
export const TRAFFIC_KINDS: TrafficKind[] = [
  { id: "silence", title: "silence", aimedAt: 0 },
  { id: "light", title: "2\u202f000/s to other ports", aimedAt: 2_000 },
  { id: "ports", title: "100\u202f000/s to other ports", aimedAt: 100_000 },
  { id: "forwarded", title: "100\u202f000/s forwarded", aimedAt: 100_000 },
];

/** A bare listener; no arguments: no listener. */
interface BareSocket {
  readonly id: string;
  readonly name: string;
  readonly listen: readonly string[];
}

/** The bare listeners that are compared. */
const BARE_SOCKETS: readonly BareSocket[] = [
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
const SERVER_KINDS = TRAFFIC_KINDS.filter(({ id }) => id !== "light");

/** Background traffic, and what it costs listeners. */
export const BACKGROUND_TRAFFIC: Plan = {
  id: "noise",
  title: "background traffic",
  tasks: (run) => [
    ...BARE_SOCKETS.map((socket) => ({
      title: socket.name,
      work: () => run.inNetwork({}, (network) => measureSocket(run, network, socket)),
    })),
    ...run.servers.map((server) => ({
      title: server.id,
      work: () => run.inNetwork({}, (network) => measureServer(run, network, server)),
    })),
  ],
};

/** One round of a bare listener. */
async function measureSocket(run: Run, network: Network, socket: BareSocket): Promise<string> {
  const { id, name, listen } = socket;
  const listener = listenerIn(run, { id, name, kind: "socket" });
  const argv = [builtProgram(PROGRAM), "listen", ...listen];
  const program =
    listen.length === 0 ? undefined : await network.server.spawn(argv, { processors: CORES.receiver, name: id });
  await program?.waitFor(READY);
  if (program !== undefined) {
    for (const kind of TRAFFIC_KINDS) keep(listener, kind, await measure(run, network, program.pid, kind));
  }
  const { sent, seconds } = await send(network, 0, ADDRESSES.lanPrimary, secondsOf(run) / 2);
  await program?.stop();
  listener.packetNanoseconds = [...(listener.packetNanoseconds ?? []), (seconds * 1e9) / sent];
  return `${Math.round((seconds * 1e9) / sent)} ns a packet`;
}

/** One round of a server that no client asks for anything. */
async function measureServer(run: Run, network: Network, server: Server): Promise<string> {
  const running = await RunningServer.start(server, network.server, plainServiceFor(server), {
    processors: CORES.receiver,
  });
  const listener = listenerIn(run, { id: server.id, name: server.title, kind: "server" });
  try {
    await sleep(SETTLE_MS);
    for (const kind of SERVER_KINDS) keep(listener, kind, await measure(run, network, running.program.pid, kind));
  } finally {
    await running.stop();
  }
  return `${((listener.runs.ports?.at(-1)?.cpuShare ?? 0) * 100).toFixed(2)} % of a processor under traffic to other ports`;
}

async function measure(run: Run, network: Network, pid: number, kind: TrafficKind): Promise<TrafficRun> {
  const before = readingOf(pid);
  let packetsPerSecond = 0;
  if (kind.aimedAt === 0) {
    await sleep(secondsOf(run) * 1000);
  } else {
    const destination = kind.id === "forwarded" ? FORWARDED_TO : ADDRESSES.lanPrimary;
    const { sent, seconds } = await send(network, kind.aimedAt, destination, secondsOf(run));
    packetsPerSecond = sent / seconds;
  }
  const after = readingOf(pid);
  const seconds = (after.at - before.at) / 1000;
  return {
    round: run.round,
    packetsPerSecond,
    cpuShare: (after.processorSeconds - before.processorSeconds) / seconds,
    wakeupsPerSecond: (after.wakeUps - before.wakeUps) / seconds,
  };
}

/** Sends so many packets a second, or as many as can be (0), to the server's lan0. */
async function send(
  network: Network,
  rate: number,
  destination: string,
  seconds: number,
): Promise<z.infer<typeof Sent>> {
  const hardware = await network.server.hardwareOf("lan0");
  const orders = ["send", "eth0", hardware, SOURCE, destination, String(rate), String(seconds)];
  const output = await network.client.exec(["taskset", "-c", CORES.sender, builtProgram(PROGRAM), ...orders]);
  return Sent.parse(JSON.parse(output));
}

/** The listener's entry in the results, made where it is not there. */
function listenerIn(run: Run, about: Omit<TrafficListener, "runs">): TrafficListener {
  run.results.backgroundTraffic ??= {
    seconds: secondsOf(run),
    filterInstructions: FRAME_FILTER.length,
    kinds: TRAFFIC_KINDS,
    listeners: [],
  } satisfies BackgroundTraffic;
  const { listeners } = run.results.backgroundTraffic;
  const known = listeners.find(({ id }) => id === about.id);
  if (known !== undefined) return known;
  const listener: TrafficListener = { ...about, runs: {} };
  listeners.push(listener);
  return listener;
}

function keep({ runs }: TrafficListener, { id }: TrafficKind, found: TrafficRun): void {
  runs[id] = [...(runs[id] ?? []), found];
}

function secondsOf({ options: { settings } }: Run): number {
  return settings.quick === true ? QUICK_SECONDS : SECONDS;
}

function readingOf(pid: number): { at: number; processorSeconds: number; wakeUps: number } {
  const family = familyOf(pid);
  return {
    at: performance.now(),
    processorSeconds: family.reduce((sum, one) => sum + processorSeconds(one), 0),
    wakeUps: family.reduce((sum, one) => sum + wakeUps(one), 0),
  };
}
