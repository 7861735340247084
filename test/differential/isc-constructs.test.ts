// One dhcpd.conf read by us and by Debian's isc-dhcp-server: each client is told the same by both. It
// holds what ISC's files have and other languages do not, with clients that ask for all of it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { Scene } from "../support/scene.ts";
import { nextXid, RawClient } from "../support/wire-tools.ts";

/** Conditions; of each that holds a client is told by an option of its own. */
const CONDITIONS: readonly string[] = [
  'lcase(option host-name) = "printer-7"',
  'lcase(option host-name) = "Printer-7"',
  'ucase(substring(option host-name, 0, 3)) = "PRI"',
  'option host-name ~= "inter"',
  'option host-name ~= "INTER"',
  'option host-name ~~ "^pRINTER"',
  'option host-name ~= "^(Scanner|Printer)"',
  'option host-name ~= "er$|-8$"',
  'option host-name ~= "^P.*$"',
  'option host-name ~= ".*"',
  'option host-name ~= "r\\\\-7"',
  "extract-int(substring(hardware, 6, 1), 8) = 4",
  'binary-to-ascii(16, 8, "", substring(option host-name, 0, 3)) = "507269"',
  'binary-to-ascii(10, 8, "", substring(hardware, 1, 6)) = "200074"',
  'binary-to-ascii(16, 8, "", substring(hardware, 1, 6)) = "020000000704"',
  "packet(24, 4) = 00:00:00:00",
  "packet(28, 6) = 02:00:00:00:07:04",
  'option fqdn.hostname = "host"',
  // ISC's fqdn.domainname of a name that is sent as labels is not the text of these labels, so it is not compared.
  'suffix(option fqdn.fqdn, 11) = "example.org"',
  'option fqdn.fqdn = "host.example.org"',
  "exists fqdn.hostname",
  "exists fqdn.domainname",
];
const FIRST_OF_CONDITIONS = 160;

/** Options by whose presence a client is told which statements of a switch hold. */
const SWITCHED = Array.from({ length: 6 }, (_, i) => 212 + i);
const SWITCHES = `${SWITCHED.map((code, i) => `option switched-${i} code ${code} = text;`).join("\n")}
switch (option host-name) {
  case "Printer-7": option switched-0 "yes";
  case "printer-8": option switched-1 "yes"; break;
  case "other": option switched-2 "yes"; break;
  default: option switched-3 "yes";
}
switch (extract-int(substring(hardware, 6, 1), 8)) {
  case 4: case 5: option switched-4 "yes"; break;
  default: option switched-5 "yes";
}
`;
const CONDITIONS_CONFIG = `authoritative;
ping-check false;
${CONDITIONS.map(
  (condition, i) => `option met-${i} code ${FIRST_OF_CONDITIONS + i} = text;
if ${condition} { option met-${i} "yes"; }`,
).join("\n")}
${SWITCHES}subnet 192.168.77.0 netmask 255.255.255.0 { range 192.168.77.100 192.168.77.199; }
`;

const CONFIG = `authoritative;
ping-check false;
default-lease-time 600;
max-lease-time 600;
DHCPDARGS=lan0;
ddns-update-style interim;
option fqdn.no-client-update on;
option ntp-servers none, 192.0.2.7;
option log-servers nowhere.invalid;
option Domain-Name "outer.example.org";
option domain-search "a.example.org", "b.example.org";
option unknown-201 "by number";
option host-name bare;

option space ZTP;
option ZTP.image code 0 = text;
option ZTP.config code 1 = text;
option ZTP-encapsulation code 43 = encapsulate ZTP;
option ZTP.image "a.tgz";
option ZTP.config "b.conf";

option space onie;
option onie.installer code 1 = text;
option space vivso code width 4 length width 1 hash size 3;
option vivso.onie code 42623 = encapsulate onie;
option vivso.iana code 0 = string;
option op125 code 125 = encapsulate vivso;
option onie.installer "http://192.0.2.1/";
# ISC's carries a space inside another only where the outer one has an option, too.
option vivso.iana 01:01:01;

option space wide code width 2 length width 2;
option wide.a code 258 = text;
option wide-encapsulation code 202 = encapsulate wide;
option wide.a "abc";

option space pxelinux;
option pxelinux.magic code 208 = string;
option pxelinux.pathprefix code 210 = text;
site-option-space "pxelinux";
option pxelinux.magic f1:00:74:7e;
option pxelinux.pathprefix "http://192.0.2.5/";

option space V;
option V.host code 1 = text;
option V.address code 2 = ip-address;
option V.unset code 3 = text;
option V-encapsulation code 203 = encapsulate V;
option V.host "192.0.2.5";
option V.address 192.0.2.6;
option tftp-server-name = concat("http://", config-option V.host, config-option V.unset, "/p/");
option nis-domain = config-option V.unset;
next-server = config-option V.address;

option list code 204 = domain-list;
option list "a.example.org", "b.example.org";

class "twice" { match hardware; }
class "twice" { option root-path "/class"; }
subclass "twice" 1:02:00:00:00:07:01;

subnet 192.168.77.0 netmask 255.255.255.0 { }
subnet 192.168.77.0 netmask 255.255.255.0 {
  option routers 192.168.77.1;
  pool {
    range 192.168.77.100 192.168.77.199;
    option domain-name "";
    host inside { hardware ethernet 02:00:00:00:07:02; fixed-address 192.168.77.50; option host-name "inside"; }
  }
  host nameless { hardware ethernet 02:00:00:00:07:03; fixed-address nowhere.invalid; option host-name "nameless"; }
}
`;

/** Asked for, in hexadecimal: all that the file sets. */
const REQUEST_LIST = [1, 3, 6, 7, 12, 15, 17, 28, 40, 42, 43, 66, 119, 125, 201, 202, 203, 204, 208, 210]
  .map((code) => code.toString(16).padStart(2, "0"))
  .join("");

const CONDITIONS_ASKED = hexOf(String.fromCharCode(...CONDITIONS.map((_, i) => FIRST_OF_CONDITIONS + i), ...SWITCHED));

/** Not compared: what each server is free to choose, and the answer to option 81, which we do not give. */
const FREE = new Set([51, 54, 58, 59, 81]);

/** Who asks: name, hardware address, and what is sent besides. */
type Asker = readonly [string, string, ...(readonly [number, string])[]];

const CLIENTS: readonly Asker[] = [
  ["a member of the class that is declared twice", "02:00:00:00:07:01"],
  ["the host inside a pool", "02:00:00:00:07:02"],
  ["the host whose name cannot be resolved", "02:00:00:00:07:03"],
  ["any client", "02:00:00:00:07:04"],
];

const NAMED_CLIENTS: readonly Asker[] = [
  ["one without a name", "02:00:00:00:07:04"],
  [
    "one with its name as text",
    "02:00:00:00:07:05",
    [12, hexOf("Printer-7")],
    [81, `010000${hexOf("host.example.org")}`],
  ],
  [
    "one with its name as labels",
    "02:00:00:00:07:06",
    [12, hexOf("printer-8")],
    [81, `04000004${hexOf("host")}07${hexOf("example")}03${hexOf("org")}00`],
  ],
  ["one with its first label only", "02:00:00:00:07:07", [81, `000000${hexOf("host")}`]],
];

function hexOf(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

/** What the clients are offered: options in hexadecimal, and the fields of a boot; undefined where ISC's server cannot be had. */
async function offersOf(
  clients: readonly Asker[],
  asked: string,
  start: (scene: Scene) => Promise<boolean>,
): Promise<readonly object[] | undefined> {
  await using scene = await Scene.create();
  if (!(await start(scene))) return undefined;
  const client = await RawClient.start(scene.client, "eth0");
  const offers: object[] = [];
  // ISC's looks names up at its first reply, from which it leaves the option out.
  await client.ask({ type: "DISCOVER", chaddr: "02:00:00:00:07:00", xid: nextXid(), options: [[55, asked]] });
  for (const [, chaddr, ...says] of clients) {
    const options = [[55, asked] as const, ...says];
    const { message } = await client.ask({ type: "DISCOVER", chaddr, xid: nextXid(), options });
    const { siaddr, yiaddr } = message;
    const told = Object.entries(message.options).filter(([code]) => !FREE.has(Number(code)));
    offers.push({ siaddr, isFixed: yiaddr === "192.168.77.50", options: Object.fromEntries(told) });
  }
  return offers;
}

async function startIsc(scene: Scene, text: string): Promise<boolean> {
  const dhcpd = await debianTool("isc-dhcp-server", "usr/sbin/dhcpd");
  if (dhcpd === undefined) return false;
  const directory = join(scene.network.directory, "isc");
  mkdirSync(directory, { recursive: true });
  const [config, leases] = [join(directory, "dhcpd.conf"), join(directory, "dhcpd.leases")];
  writeFileSync(config, text);
  writeFileSync(leases, "");
  const flags = ["-4", "-d", "-f", "-cf", config, "-lf", leases, "-pf", join(directory, "pid")];
  const program = scene.server.spawn([dhcpd, ...flags, "lan0"]);
  await program.waitForLine((line) => line.includes("Server starting service"));
  return true;
}

describe("a dhcpd.conf of ISC's", () => {
  it.skipIf(!mayMakeNetworks).for([
    ["its own constructs [C1] [C2] [C3] [C8] [C9] [C12] [C13] [C23] [C24] [C25]", CONFIG, CLIENTS, REQUEST_LIST],
    ["conditions [C3] [C15]", CONDITIONS_CONFIG, NAMED_CLIENTS, CONDITIONS_ASKED],
  ] as const)("tells each client the same here as there: %s", async ([, text, clients, asked], { skip }) => {
    const theirs = await offersOf(clients, asked, (scene) => startIsc(scene, text));
    if (theirs === undefined) return skip("isc-dhcp-server cannot be had from Debian");
    const ours = await offersOf(clients, asked, async (scene) => {
      await Daemon.start(scene.network, scene.server, { backend: "udp", config: text, args: ["lan0"] });
      return true;
    });
    expect(ours).toEqual(theirs);
  });
});
