// A flood of DHCPDISCOVER frames from random hardware addresses, as fast as the sender makes them, on the link of
// clients that renew their leases: what happens to the renewals with the kernel shield and without. The result is shown
// and not stored.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type LoadReport, runLoad } from "../network/load.ts";
import { type Network, ordersOf, plainServiceFor } from "../network/network.ts";
import { CORES } from "../network/track.ts";
import { builtProgram } from "../programs.ts";
import type { Plan } from "../run.ts";
import { anydhcpd } from "../servers/anydhcpd.ts";
import type { ListedServer } from "../servers/list.ts";
import { RunningServer } from "../servers/running-server.ts";

/** Clients that renew, so many a second, each once; asked again after half a second, a second and two. */
const RENEWING = { clients: 18_000, rate: 3000, timeoutMs: 500, tries: 4 };
const FLOOD_SECONDS = 5;
/** From the first renewal on. */
const FLOOD_AFTER_MS = 500;

const Sent = z.object({ sent: z.number().positive(), seconds: z.number().positive() });

/** Each of our servers, without the shield and with it. */
export const SHIELD: Plan = {
  id: "shield",
  title: "a flood of new hardware addresses as frames",
  isOnce: true,
  tasks: (run) =>
    run.servers.flatMap((server) =>
      [false, true].map((isShielded) => ({
        title: `${server.id}, ${isShielded ? "kernel shield" : "no shield"}`,
        work: () => run.inNetwork({}, (network) => measure(network, server, isShielded)),
      })),
    ),
};

async function measure(network: Network, { id }: ListedServer, isShielded: boolean): Promise<string> {
  const backend = id === "anydhcpd-bpf" ? "bpf" : "udp";
  const flags = isShielded ? ["--shield=xdp"] : [];
  const server = anydhcpd({ backend, flags });
  const place = { processors: CORES.server };
  const running = await RunningServer.start(server, network.server, plainServiceFor(server), place);
  try {
    let flooding: Promise<string> | undefined;
    let before = 0;
    const onMeasuring = (): void => {
      before = running.processorSeconds;
      flooding = flood(network);
    };
    const orders = {
      ...ordersOf("relayed"),
      ...RENEWING,
      phases: ["renew"] as const,
      once: true,
      finish: true,
      seconds: 30,
    };
    const [report] = await runLoad(network.relay, orders, { processors: CORES.load, onMeasuring });
    const { sent, seconds } = Sent.parse(JSON.parse((await flooding) ?? ""));
    const used = running.processorSeconds - before;
    if (report === undefined) throw new Error("the load generator has told nothing");
    return `${Math.round(sent / seconds)} DHCPDISCOVERs a second; ${renewals(report)}; server ${used.toFixed(1)} s of processor time`;
  } finally {
    await running.stop();
  }
}

async function flood(network: Network): Promise<string> {
  await sleep(FLOOD_AFTER_MS);
  return network.client.exec([
    "taskset",
    "-c",
    CORES.load,
    builtProgram("anydhcpd-discover-flood"),
    "eth0",
    String(FLOOD_SECONDS),
  ]);
}

function renewals({ exchanges, started, retransmissions, exchangeMicroseconds }: LoadReport): string {
  const { p50, p99 } = exchangeMicroseconds;
  const share = ((100 * exchanges) / started).toFixed(2);
  return `${share} % of ${started} renewals, ${retransmissions} asked again, median ${Math.round(p50 / 1000)} ms, p99 ${Math.round(p99 / 1000)} ms`;
}
