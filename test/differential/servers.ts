// The servers of the differential run, each alone in a scene of its own, all with the same networks,
// ranges, reservations and options. Ours and ISC dhcpd read the very same file.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backends, Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { ANYCAST_ADDRESS, type Scene } from "../support/scene.ts";

/** Hardware addresses that have a reservation: of a client to be looked at, and of the fences that mark time. */
export const RESERVED = "02:00:00:00:05:50";
export const LAN_FENCE = "02:00:00:00:05:51";
export const RELAY_FENCE = "02:00:00:00:05:52";
export const BOOTP_CLIENT = "02:00:00:00:05:53";
/** Hosts: one that has a boot file, two that have one address, one that has the router's. */
export const BOOTING = "02:00:00:00:05:54";
export const TWINS = ["02:00:00:00:05:55", "02:00:00:00:05:56"] as const;
export const GATEWAY = "02:00:00:00:05:57";

const DHCPD_CONF = `authoritative;
ping-check false;
default-lease-time 3600;
max-lease-time 7200;
allow leasequery;
option domain-name "example.org";
option domain-name-servers 192.0.2.1, 192.0.2.2;
subnet 192.168.77.0 netmask 255.255.255.0 {
  range 192.168.77.100 192.168.77.199;
  option routers 192.168.77.1;
}
subnet 10.9.0.0 netmask 255.255.255.248 { }
subnet 10.77.0.0 netmask 255.255.255.0 {
  range 10.77.0.100 10.77.0.199;
  option routers 10.77.0.1;
}
host reserved { hardware ethernet ${RESERVED}; fixed-address 192.168.77.50; }
host lan-fence { hardware ethernet ${LAN_FENCE}; fixed-address 192.168.77.51; }
host relay-fence { hardware ethernet ${RELAY_FENCE}; fixed-address 10.77.0.52; }
host bootp { hardware ethernet ${BOOTP_CLIENT}; fixed-address 192.168.77.53; }
host booting { hardware ethernet ${BOOTING}; fixed-address 192.168.77.54; filename "boot.img"; }
host wired { hardware ethernet ${TWINS[0]}; fixed-address 192.168.77.55; }
host wireless { hardware ethernet ${TWINS[1]}; fixed-address 192.168.77.55; }
host gateway { hardware ethernet ${GATEWAY}; fixed-address 192.168.77.1; }
`;

const KEA_DHCP4 = {
  Dhcp4: {
    "interfaces-config": { interfaces: ["lan0", "up0"], "dhcp-socket-type": "raw" },
    "lease-database": { type: "memfile", persist: false },
    authoritative: true,
    "valid-lifetime": 3600,
    "max-valid-lifetime": 7200,
    "min-valid-lifetime": 1,
    "calculate-tee-times": true,
    "multi-threading": { "enable-multi-threading": false },
    "option-data": [
      { name: "domain-name", data: "example.org" },
      { name: "domain-name-servers", data: "192.0.2.1, 192.0.2.2" },
    ],
    subnet4: [
      {
        id: 1,
        subnet: "192.168.77.0/24",
        interface: "lan0",
        pools: [{ pool: "192.168.77.100 - 192.168.77.199" }],
        "option-data": [{ name: "routers", data: "192.168.77.1" }],
        reservations: [
          { "hw-address": RESERVED, "ip-address": "192.168.77.50" },
          { "hw-address": LAN_FENCE, "ip-address": "192.168.77.51" },
          { "hw-address": BOOTP_CLIENT, "ip-address": "192.168.77.53" },
          { "hw-address": BOOTING, "ip-address": "192.168.77.54", "boot-file-name": "boot.img" },
          // Kea takes one reservation of an address.
          { "hw-address": TWINS[0], "ip-address": "192.168.77.55" },
          { "hw-address": GATEWAY, "ip-address": "192.168.77.1" },
        ],
      },
      {
        id: 2,
        subnet: "10.77.0.0/24",
        pools: [{ pool: "10.77.0.100 - 10.77.0.199" }],
        "option-data": [{ name: "routers", data: "10.77.0.1" }],
        reservations: [{ "hw-address": RELAY_FENCE, "ip-address": "10.77.0.52" }],
      },
      { id: 3, subnet: "10.9.0.0/29" },
    ],
  },
};

/** A server of the run. */
export interface Server {
  /** How tables call it. */
  readonly name: "anydhcpd" | "isc-dhcp-server" | "kea";
  /** Starts it in the scene's server namespace and waits until it serves; false if it cannot be had. */
  start(scene: Scene): Promise<boolean>;
}

/** Ours, with a backend. */
export function startOurs(scene: Scene, backend: string): Promise<Daemon> {
  return Daemon.start(scene.network, scene.server, {
    backend,
    config: `subnet-selection on;\n${DHCPD_CONF}`,
    args: [`-u${ANYCAST_ADDRESS}`, "lan0", "up0"],
  });
}

const anydhcpd = (backend: string): Server => ({
  name: "anydhcpd",
  async start(scene) {
    await startOurs(scene, backend);
    return true;
  },
});

const iscDhcpServer: Server = {
  name: "isc-dhcp-server",
  async start(scene) {
    const dhcpd = await debianTool("isc-dhcp-server", "usr/sbin/dhcpd");
    if (dhcpd === undefined) return false;
    const directory = folder(scene, "isc");
    const [config, leases] = [join(directory, "dhcpd.conf"), join(directory, "dhcpd.leases")];
    writeFileSync(config, DHCPD_CONF);
    writeFileSync(leases, "");
    const flags = ["-4", "-d", "-f", "-cf", config, "-lf", leases, "-pf", join(directory, "pid")];
    const program = scene.server.spawn([dhcpd, ...flags, "lan0", "up0"]);
    await program.waitForLine((line) => line.includes("Server starting service"));
    return true;
  },
};

const kea: Server = {
  name: "kea",
  async start(scene) {
    const keaDhcp4 = await debianTool("kea-dhcp4-server", "usr/sbin/kea-dhcp4");
    if (keaDhcp4 === undefined) return false;
    const directory = folder(scene, "kea");
    const config = join(directory, "kea-dhcp4.conf");
    writeFileSync(config, JSON.stringify(KEA_DHCP4));
    const places = { KEA_PIDFILE_DIR: directory, KEA_LOCKFILE_DIR: "none" };
    const program = scene.server.spawn([keaDhcp4, "-c", config], places);
    await program.waitForLine((line) => line.includes("DHCP4_STARTED"));
    return true;
  },
};

/** Ours first: the others are compared with it. */
export const SERVERS: readonly Server[] = [anydhcpd("udp"), iscDhcpServer, kea];

/** Ours with each of its backends. */
export const BACKENDS: readonly Server[] = backends.map(anydhcpd);

function folder(scene: Scene, name: string): string {
  const directory = join(scene.network.directory, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}
