// The move from a server that runs, played to its end: clients get leases from Kea or dnsmasq, that is stopped, its
// configuration and its lease file are imported, anydhcpd starts, and every client renews. It keeps its address and is
// told the same.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Daemon, readLeases } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import type { Program } from "../support/program.ts";
import { CLIENTS } from "../support/real-clients.ts";
import { Capture, type DhcpFrame } from "../support/wire-tools.ts";

const ANYDHCPCTL = fileURLToPath(new URL("../../bin/anydhcpctl", import.meta.url));
const SERVER_ADDRESS = "192.168.77.1";
/** Clients renew so long after they got a lease. */
const RENEWAL_SECONDS = 15;
const RENEW_DEADLINE_MS = 40_000;
/** What depends on the moment, lease times, and what a server returns of the client's own: its names and identifier. */
const OWN_OPTIONS = new Set(["12", "51", "58", "59", "61", "81"]);

/** A server that clients have had so far. */
interface Predecessor {
  readonly package: string;
  readonly program: string;
  /** Writes its configuration into a folder; returns how it is started, and its files. */
  prepare(directory: string): { argv: readonly string[]; config: string; leases: string };
  readonly isReady: (line: string) => boolean;
}

const KEA: Predecessor = {
  package: "kea-dhcp4-server",
  program: "usr/sbin/kea-dhcp4",
  prepare(directory) {
    const [config, leases] = [join(directory, "kea-dhcp4.conf"), join(directory, "kea-leases4.csv")];
    const dhcp4 = {
      "interfaces-config": { interfaces: ["lan0"] },
      "lease-database": { type: "memfile", persist: true, name: leases, "lfc-interval": 0 },
      "multi-threading": { "enable-multi-threading": false },
      authoritative: true,
      "valid-lifetime": 600,
      "renew-timer": RENEWAL_SECONDS,
      "rebind-timer": 500,
      "option-data": [
        { name: "domain-name-servers", data: "192.0.2.53, 192.0.2.54" },
        { name: "domain-name", data: "example.org" },
        { name: "interface-mtu", data: "1400" },
      ],
      subnet4: [
        {
          id: 1,
          subnet: "192.168.77.0/24",
          interface: "lan0",
          pools: [{ pool: "192.168.77.100 - 192.168.77.199" }],
          "option-data": [
            { name: "routers", data: SERVER_ADDRESS },
            { name: "broadcast-address", data: "192.168.77.255" },
          ],
        },
      ],
    };
    writeFileSync(config, JSON.stringify({ Dhcp4: dhcp4 }, undefined, 1));
    return { argv: ["-c", config], config, leases };
  },
  isReady: (line) => line.includes("DHCP4_STARTED"),
};

const DNSMASQ: Predecessor = {
  package: "dnsmasq-base",
  program: "usr/sbin/dnsmasq",
  prepare(directory) {
    const [config, leases] = [join(directory, "dnsmasq.conf"), join(directory, "dnsmasq.leases")];
    const lines = [
      "port=0",
      "interface=lan0",
      "bind-interfaces",
      "user=root",
      "dhcp-authoritative",
      `dhcp-leasefile=${leases}`,
      "dhcp-range=192.168.77.100,192.168.77.199,255.255.255.0,10m",
      `dhcp-option=option:router,${SERVER_ADDRESS}`,
      "dhcp-option=option:dns-server,192.0.2.53,192.0.2.54",
      "dhcp-option=option:domain-name,example.org",
      "dhcp-option=option:mtu,1400",
      `dhcp-option=option:T1,${RENEWAL_SECONDS}`,
      "dhcp-option=option:T2,500",
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    return { argv: ["-k", "-d", "-C", config, "--log-dhcp", `--pid-file=${directory}/pid`], config, leases };
  },
  isReady: (line) => line.includes("DHCP, IP range"),
};

/** A client with a lease. */
interface Leased {
  readonly name: string;
  readonly hardware: string;
  readonly program: Program;
  readonly ack: DhcpFrame;
}

describe.skipIf(!mayMakeNetworks)("the move from a running server", () => {
  it.for([
    ["kea", KEA],
    ["dnsmasq", DNSMASQ],
  ] as const)(
    "from %s leaves every client its address and its options",
    { timeout: 180_000 },
    async ([name, predecessor], { skip }) => {
      const program = await debianTool(predecessor.package, predecessor.program);
      if (program === undefined) return skip(`${name} cannot be had from Debian`);
      await using network = await Network.create();
      const server = await network.namespace("server");
      const directory = join(network.directory, name);
      mkdirSync(directory);
      await server.ip("link add lan0 type bridge forward_delay 0");
      await server.ip("link set lan0 up");
      await server.ip(`addr add ${SERVER_ADDRESS}/24 dev lan0`);
      const capture = await Capture.start(server, "lan0");

      const { argv, config, leases } = predecessor.prepare(directory);
      const places = { KEA_PIDFILE_DIR: directory, KEA_LOCKFILE_DIR: "none" };
      const old = server.spawn([program, ...argv], places);
      await old.waitForLine(predecessor.isReady);
      const clients: Leased[] = [];
      for (const kind of Object.keys(CLIENTS)) {
        const client = await lease(network, server, capture, kind);
        if (client !== undefined) clients.push(client);
      }
      expect(clients.length).toBeGreaterThan(0);
      await old.stop();

      const daemon = new Daemon(network, server, { config: imported(config), args: ["lan0"] });
      writeFileSync(daemon.leaseFile, imported(leases));
      const mark = capture.mark;
      await daemon.start();
      const known = readLeases(daemon.leases);
      for (const { name: kind, hardware, program: running, ack } of clients) {
        const address = ack.message.yiaddr;
        expect(known.get(address), kind).toMatchObject({ hardware, state: "active" });
        // busybox does not heed T1, and renews when it is told to.
        if (kind === "udhcpc") running.signal("SIGUSR1");
        const renewed = await capture.waitFor(
          `an answer to the renewal of ${kind}`,
          ({ message }) => message.op === 2 && message.chaddr === hardware,
          mark,
          RENEW_DEADLINE_MS,
        );
        expect(renewed.message, kind).toMatchObject({ type: "ACK", yiaddr: address });
        expect(optionsOf(renewed), kind).toEqual(optionsOf(ack));
      }
      expect((await daemon.stop()).code).toBe(0);
    },
  );
});

/** Connects a client of a kind and lets it get a lease; undefined where the client cannot be had. */
async function lease(network: Network, server: Namespace, capture: Capture, kind: string): Promise<Leased | undefined> {
  const namespace = await network.namespace(kind);
  await network.veth(server, kind, namespace, "eth0");
  await server.ip(`link set ${kind} master lan0`);
  const client = await CLIENTS[kind]?.(network, namespace);
  if (client === undefined) return undefined;
  const hardware = /link\/ether (\S+)/.exec(await namespace.ip("link show dev eth0"))?.[1] ?? "";
  const program = client.start();
  await program.waitForLine((line) => /^event (BOUND|REBOOT|bound) /.test(line), { timeoutMs: 30_000 });
  const isAck = ({ message }: DhcpFrame): boolean => message.type === "ACK" && message.chaddr === hardware;
  return { name: kind, hardware, program, ack: await capture.waitFor(`an ACK for ${kind}`, isAck) };
}

/** What `anydhcpctl import` makes of a file; its exit status 2 says that something is not carried over. */
function imported(file: string): string {
  try {
    return execFileSync(ANYDHCPCTL, ["import", file], { encoding: "latin1", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    if (status !== 2) throw error;
    return stdout;
  }
}

/** The options of a message that do not depend on the moment or on the client. */
function optionsOf({ message }: DhcpFrame): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(message.options).filter(([code]) => !OWN_OPTIONS.has(code)));
}
