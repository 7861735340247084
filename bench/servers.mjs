// The servers that are measured and how each is configured: one subnet with a /16 of addresses behind a relay,
// and one on a network of its own, three options, leases of an hour, no log of single leases where that can be
// said. In the scene "relayed" nobody looks whether an address is in use before it is offered; in the scene
// "direct" everybody does as it does by default.

import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LAN_ADDRESS, LOAD, RELAY_ADDRESS, ROOT, SERVER_ADDRESS } from "./lab.mjs";

const POOL = ["10.77.1.0", "10.77.255.250"];
const LAN_POOL = ["10.78.1.0", "10.78.255.250"];
const RESOLVERS = ["10.77.0.2", "10.77.0.3"];
const DOMAIN = "example.org";
const LEASE_SECONDS = 3600;

function dhcpdConf(scene) {
  return `authoritative;
${scene === "relayed" ? "ping-check false;" : ""}
default-lease-time ${LEASE_SECONDS};
max-lease-time ${LEASE_SECONDS};
option domain-name "${DOMAIN}";
option domain-name-servers ${RESOLVERS.join(", ")};
subnet 10.9.0.0 netmask 255.255.255.0 { }
subnet 10.77.0.0 netmask 255.255.0.0 { range ${POOL.join(" ")}; option routers ${RELAY_ADDRESS}; }
subnet 10.78.0.0 netmask 255.255.0.0 { range ${LAN_POOL.join(" ")}; option routers ${LAN_ADDRESS}; }
`;
}

function keaConf(scene, threads, leases) {
  const subnet = (id, network, pool, router) => ({
    id,
    subnet: network,
    pools: [{ pool: pool.join(" - ") }],
    "option-data": [{ name: "routers", data: router }],
  });
  return {
    Dhcp4: {
      "interfaces-config": {
        interfaces: scene === "relayed" ? ["up0"] : ["lan0"],
        "dhcp-socket-type": scene === "relayed" ? "udp" : "raw",
      },
      "lease-database": { type: "memfile", persist: true, name: leases },
      authoritative: true,
      "valid-lifetime": LEASE_SECONDS,
      "multi-threading":
        threads === 1
          ? { "enable-multi-threading": false }
          : { "enable-multi-threading": true, "thread-pool-size": threads },
      loggers: [{ name: "kea-dhcp4", severity: "WARN", output_options: [{ output: "stderr" }] }],
      "option-data": [
        { name: "domain-name", data: DOMAIN },
        { name: "domain-name-servers", data: RESOLVERS.join(", ") },
      ],
      subnet4: [subnet(1, "10.77.0.0/16", POOL, RELAY_ADDRESS), subnet(2, "10.78.0.0/16", LAN_POOL, LAN_ADDRESS)],
    },
  };
}

/** The path of an installed program, undefined if there is none. */
function installed(name) {
  for (const folder of process.env.PATH.split(":")) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** The first thing in a program's output that looks like its version. */
function versionOf(program, ...args) {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return /\d+\.\d+[\w.-]*/.exec(`${stdout}${stderr}`)?.[0] ?? "unknown";
}

function write(directory, name, text) {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

function ours(id, name, { backend = "udp", ...rest } = {}) {
  return {
    id,
    name,
    durable: true,
    program: () => join(ROOT, "bin", "anydhcpd"),
    version() {
      const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
      try {
        return `${version} (${execFileSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()})`;
      } catch {
        return version; // not a clone
      }
    },
    command({ directory, scene }) {
      const files = ["-c", write(directory, "dhcpd.conf", dhcpdConf(scene)), "-l", join(directory, "dhcpd.leases")];
      const flags = [`--backend=${backend}`, `--control=${join(directory, "control.sock")}`];
      return [this.program(), "-d", "-f", ...files, ...flags, scene === "relayed" ? "up0" : "lan0"];
    },
    ...rest,
  };
}

function echo(id, name, durable) {
  return {
    id,
    name,
    durable,
    isLimit: true,
    program: () => join(LOAD, "echo"),
    version: () => undefined,
    command: ({ directory }) => [
      join(LOAD, "echo"),
      SERVER_ADDRESS,
      POOL[0],
      ...(durable ? [join(directory, "journal")] : []),
    ],
  };
}

function kea(id, name, threads, rest = {}) {
  return {
    id,
    name,
    durable: false,
    program: () => installed("kea-dhcp4"),
    version: () => versionOf("kea-dhcp4", "-v"),
    environment: (directory) => ({ KEA_PIDFILE_DIR: directory, KEA_LOCKFILE_DIR: "none" }),
    command({ directory, scene }) {
      const config = JSON.stringify(keaConf(scene, threads, join(directory, "leases.csv")));
      return [this.program(), "-c", write(directory, "kea-dhcp4.conf", config)];
    },
    ...rest,
  };
}

const iscDhcpServer = {
  id: "isc",
  name: "isc-dhcp-server",
  conflictDetection: "ping, then OFFER",
  slowFirstOffer: true,
  durable: true,
  program: () => installed("dhcpd"),
  version: () => versionOf("dhcpd", "--version"),
  command({ directory, scene }) {
    const config = write(directory, "dhcpd.conf", dhcpdConf(scene));
    const leases = write(directory, "dhcpd.leases", "");
    const files = ["-cf", config, "-lf", leases, "-pf", join(directory, "pid")];
    return [this.program(), "-4", "-d", "-f", ...files, scene === "relayed" ? "up0" : "lan0"];
  },
};

const dnsmasq = {
  id: "dnsmasq",
  name: "dnsmasq",
  conflictDetection: "ping, then OFFER, but for many newcomers at once",
  slowFirstOffer: true,
  durable: true,
  program: () => installed("dnsmasq"),
  version: () => versionOf("dnsmasq", "--version"),
  command({ directory, scene }) {
    const relayed = scene === "relayed";
    const [first, last] = relayed ? POOL : LAN_POOL;
    return [
      this.program(),
      "--keep-in-foreground",
      "--log-facility=-",
      "--quiet-dhcp",
      "--conf-file=/dev/null",
      "--pid-file=",
      "--user=root",
      "--port=0",
      "--dhcp-authoritative",
      "--dhcp-lease-max=100000",
      `--dhcp-leasefile=${join(directory, "leases")}`,
      `--interface=${relayed ? "up0" : "lan0"}`,
      `--dhcp-range=${first},${last},255.255.0.0,${LEASE_SECONDS}`,
      `--dhcp-option=option:router,${relayed ? RELAY_ADDRESS : LAN_ADDRESS}`,
      `--dhcp-option=option:dns-server,${RESOLVERS.join(",")}`,
      `--dhcp-option=option:domain-name,${DOMAIN}`,
      ...(relayed ? ["--no-ping"] : []),
    ];
  },
};

const udhcpd = {
  id: "udhcpd",
  name: "udhcpd",
  conflictDetection: "ARP, then OFFER",
  slowFirstOffer: true,
  durable: false,
  program: () => installed("udhcpd"),
  version: () => versionOf("udhcpd", "--help"),
  command({ directory, scene }) {
    const relayed = scene === "relayed";
    const [first, last] = relayed ? POOL : LAN_POOL;
    const config = `interface ${relayed ? "up0" : "lan0"}
start ${first}
end ${last}
max_leases 65000
lease_file ${join(directory, "leases")}
pidfile ${join(directory, "pid")}
option lease ${LEASE_SECONDS}
option subnet 255.255.0.0
option router ${relayed ? RELAY_ADDRESS : LAN_ADDRESS}
option dns ${RESOLVERS.join(" ")}
option domain ${DOMAIN}
`;
    return [this.program(), "-f", ...(relayed ? ["-a", "0"] : []), write(directory, "udhcpd.conf", config)];
  },
};

/**
 * All servers, ours and the limits first. `durable`: whether an ACK is on disk before it is sent; `inMemory`:
 * its files are on a file system in memory; `isLimit`: no server at all, but what none can pass; `quick`: part
 * of a quick run; `conflictDetection`: what it does about addresses in use, undefined where first OFFERs are not
 * measured; `slowFirstOffer`: they take so long that few clients have to do.
 */
export const SERVERS = [
  ours("anydhcpd", "anydhcpd", { quick: true, conflictDetection: "addresses are pinged ahead" }),
  ours("anydhcpd-bpf", "anydhcpd --backend=bpf", { backend: "bpf", conflictDetection: "addresses are pinged ahead" }),
  ours("anydhcpd-memory", "anydhcpd, lease file in memory", { inMemory: true, durable: false }),
  { ...echo("echo", "C echo", false), quick: true },
  { ...echo("echo-sync", "C echo + append + fdatasync", true), quick: true },
  { ...kea("kea", "kea-dhcp4, 1 thread", 1), quick: true, conflictDetection: "none" },
  kea("kea-2", "kea-dhcp4, 2 threads", 2),
  iscDhcpServer,
  dnsmasq,
  udhcpd,
];
