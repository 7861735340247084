// What an anydhcpd can do beside giving leases, as the laboratory switches it on: sets of nftables, for which ACKs wait;
// metrics and the status page, a hosts file, an event script, zones of a real BIND, and these four at once.

import { join } from "node:path";
import { unpackedFolder } from "../programs.ts";
import type { Server } from "./server.ts";

/** The features that are on beside the leases. */
export type AdditionId = "firewall-set" | "metrics" | "hosts-file" | "event-script" | "zones" | "everything";

/** An addition, with the files that it needs below a directory. */
export interface Addition {
  readonly statements: readonly string[];
  /** Contents by absolute path. */
  readonly files: Readonly<Record<string, string>>;
  /** Lines of sh that come before the server's start. */
  readonly before: string;
}

type Tool = NonNullable<Server["startTool"]>;

const NAMED: Tool = { package: "bind9", program: "/usr/sbin/named" };

/** The program of another package that an addition takes. */
export const TOOLS: Readonly<Partial<Record<AdditionId, Tool>>> = {
  "firewall-set": { package: "nftables", program: "/usr/sbin/nft" },
  ...{ zones: NAMED, everything: NAMED },
};

const FIREWALL_RULES = `flush ruleset
table inet filter {
  set leased { type ipv4_addr; flags timeout; size 1000000; }
}
`;

const DOMAIN = "lab.example";
const ZONES = [DOMAIN, "10.in-addr.arpa"];
const ZONE = "$TTL 60\n@ IN SOA ns.invalid. root.invalid. 1 3600 600 86400 1\n@ IN NS ns.invalid.\n";
/** Protects nothing. */
const KEY = 'key "dhcp" { algorithm hmac-sha256; secret "c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIzNDU2Nzg5MA=="; };';

/** The files of an addition are below `directory`. */
export function additionOf(id: AdditionId, directory: string): Addition {
  if (id !== "everything") return PARTS[id](directory);
  const parts = [metrics, hostsFile, eventScript, zones].map((part) => part(directory));
  return {
    statements: parts.flatMap(({ statements }) => statements),
    files: Object.assign({}, ...parts.map(({ files }) => files)),
    before: parts.map(({ before }) => before).join(""),
  };
}

const PARTS = {
  "firewall-set": firewallSet,
  metrics,
  "hosts-file": hostsFile,
  "event-script": eventScript,
  zones,
} as const;

/** Finds a program of a package. */
function pathTo({ package: name }: Tool): string {
  return `PATH=$PATH:/usr/sbin:${unpackedFolder(name)}\n`;
}

function metrics(directory: string): Addition {
  const statements = [
    `metrics "${join(directory, "metrics.sock")}";`,
    `status-page "${join(directory, "page.sock")}";`,
  ];
  return { statements, files: {}, before: "" };
}

function hostsFile(directory: string): Addition {
  const statements = [`hosts-file "${join(directory, "names", "hosts")}";`, `ddns-domainname "${DOMAIN}";`];
  return { statements, files: {}, before: "" };
}

function eventScript(): Addition {
  return { statements: ['event-script "/bin/true";'], files: {}, before: "" };
}

function firewallSet(directory: string): Addition {
  const rules = join(directory, "etc", "sets.nft");
  return {
    statements: ["firewall-set nft inet filter leased { hold-ack true; }"],
    files: { [rules]: FIREWALL_RULES },
    before: `${pathTo(TOOLS["firewall-set"] as Tool)}nft -f ${rules} || exit 1\n`,
  };
}

function zones(directory: string): Addition {
  const bind = join(directory, "bind");
  const conf = join(bind, "named.conf");
  const zoneFile = (zone: string): string => join(bind, `${zone}.zone`);
  const declared = ZONES.map(
    (zone) =>
      `zone "${zone}" { type primary; file "${zoneFile(zone)}"; update-policy { grant dhcp zonesub any; }; };\n`,
  );
  return {
    statements: [
      `ddns-domainname "${DOMAIN}";`,
      "ddns-update-style standard;",
      KEY,
      ...ZONES.map((zone) => `zone ${zone} { primary 127.0.0.1; key dhcp; }`),
    ],
    files: {
      [conf]: `options { directory "${bind}"; listen-on { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
  lock-file none; session-keyfile "${join(bind, "session.key")}"; recursion no; dnssec-validation no; };
controls { };
${KEY}
${declared.join("")}`,
      ...Object.fromEntries(ZONES.map((zone) => [zoneFile(zone), ZONE])),
    },
    // BIND ends with the server, which this shell becomes. Zones begin as they are written above.
    before: `${pathTo(NAMED)}rm -f ${bind}/*.jnl
setpriv --pdeathsig KILL named -g -n 1 -c ${conf} 2> ${bind}/log &
until grep -q running ${bind}/log; do kill -0 $! || { cat ${bind}/log; exit 1; }; sleep 0.1; done
`,
  };
}
