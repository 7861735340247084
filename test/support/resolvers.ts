// DNS servers from Debian's packages that serve a namespace at 127.0.0.1, and questions to them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianTool } from "./debian-packages.ts";
import type { Namespace } from "./network.ts";
import type { Program } from "./program.ts";

/** A DNS server that answers at a port of 127.0.0.1. */
export interface Resolver {
  readonly program: Program;
  readonly port: number;
}

/** A program of a package that has to be there. */
export async function needed(packageName: string, path: string): Promise<string> {
  const tool = await debianTool(packageName, path);
  if (tool === undefined) throw new Error(`Debian's ${packageName} cannot be had`);
  return tool;
}

/** The values that a server answers for a name, sorted; "NXDOMAIN" and its like where it has none. */
export async function ask(namespace: Namespace, port: number, name: string, type = "A"): Promise<string> {
  const dig = await needed("bind9-dnsutils", "usr/bin/dig");
  const words = ["@127.0.0.1", "-p", `${port}`, "+tries=1", "+time=2", "+noedns", name, type];
  const { stdout } = await namespace.run([dig, ...words]);
  const status = /status: (\w+)/.exec(stdout)?.[1] ?? "no answer";
  if (status !== "NOERROR") return status;
  const values = stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(";"))
    .map((line) => line.split(/\s+/).slice(4).join(" "));
  return values.sort().join(" ");
}

/** unbound, which forwards nothing, with a control socket; `local` is what its server clause has beside that. */
export async function startUnbound(namespace: Namespace, directory: string, local: string): Promise<Resolver> {
  const port = 5301;
  mkdirSync(directory, { recursive: true });
  const configuration = join(directory, "unbound.conf");
  writeFileSync(
    configuration,
    `server:
  interface: 127.0.0.1
  port: ${port}
  username: ""
  chroot: ""
  directory: "${directory}"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
${local}
remote-control:
  control-enable: yes
  control-interface: "${join(directory, "unbound.ctl")}"
`,
  );
  const program = namespace.spawn([await needed("unbound", "usr/sbin/unbound"), "-d", "-c", configuration]);
  await program.waitForLine((line) => line.includes("start of service"));
  return { program, port };
}

/** dnsmasq as a DNS server alone, with the arguments of its own. */
export async function startDnsmasq(namespace: Namespace, args: readonly string[]): Promise<Resolver> {
  const port = 5302;
  const words = ["-k", "-C", "/dev/null", "-p", `${port}`, "--listen-address=127.0.0.1", "--bind-interfaces"];
  const quiet = ["--no-resolv", "--no-hosts", "--log-facility=-", "--pid-file=", "--user=root"];
  const program = namespace.spawn([await needed("dnsmasq-base", "usr/sbin/dnsmasq"), ...words, ...quiet, ...args]);
  await program.waitForLine((line) => line.includes("started"));
  return { program, port };
}

/** A key that updates are signed with. */
export interface TestKey {
  readonly name: string;
  /** In base64. */
  readonly secret: string;
}

/** The text of an empty zone, with the records that `more` has. */
function zoneText(more: string): string {
  return `$TTL 60\n@ IN SOA ns.invalid. root.invalid. 1 3600 600 86400 1\n@ IN NS ns.invalid.\n${more}`;
}

/**
 * BIND as the primary of zones, by name with further records, that take updates with the keys. It listens on 127.0.0.1, and
 * where `address` is given on that too.
 */
export async function startBind(
  namespace: Namespace,
  directory: string,
  zones: Readonly<Record<string, string>>,
  keys: readonly TestKey[],
  address = "127.0.0.1",
): Promise<Resolver> {
  const port = 53;
  mkdirSync(directory, { recursive: true });
  const configuration = join(directory, "named.conf");
  const declared = Object.keys(zones).map(
    (name) =>
      `zone "${name}" { type primary; file "${name}.zone"; update-policy { ${keys.map((key) => `grant ${key.name} zonesub any;`).join(" ")} }; };\n`,
  );
  for (const [name, more] of Object.entries(zones))
    writeFileSync(join(directory, `${name}.zone`), zoneText(more), { flag: "wx" });
  writeFileSync(
    configuration,
    `options { directory "${directory}"; listen-on port ${port} { 127.0.0.1; ${address}; }; listen-on-v6 { none; }; pid-file none;
  lock-file none; session-keyfile "${join(directory, "session.key")}"; recursion no; dnssec-validation no; };
controls { };
${keys.map(({ name, secret }) => `key "${name}" { algorithm hmac-sha256; secret "${secret}"; };\n`).join("")}${declared.join("")}`,
  );
  return { program: await startNamed(namespace, directory), port };
}

/** BIND again, with the files that it has left. */
export async function startNamed(namespace: Namespace, directory: string): Promise<Program> {
  const named = await needed("bind9", "usr/sbin/named");
  const program = namespace.spawn([named, "-g", "-n", "1", "-c", join(directory, "named.conf")]);
  await program.waitForLine((line) => line.endsWith("running"));
  return program;
}

/** Knot as the primary of zones that take updates with a key. */
export async function startKnot(
  namespace: Namespace,
  directory: string,
  zones: readonly string[],
  { name, secret }: TestKey,
): Promise<Resolver> {
  const port = 5303;
  mkdirSync(directory, { recursive: true });
  const configuration = join(directory, "knot.conf");
  for (const zone of zones) writeFileSync(join(directory, `${zone}.zone`), zoneText(""));
  writeFileSync(
    configuration,
    `server:
  rundir: "${directory}"
  listen: 127.0.0.1@${port}
database:
  storage: "${directory}"
log:
  - target: stdout
    any: info
key:
  - id: ${name}
    algorithm: hmac-sha256
    secret: ${secret}
acl:
  - id: updates
    key: ${name}
    action: update
zone:
${zones.map((zone) => `  - domain: ${zone}\n    storage: "${directory}"\n    file: "${zone}.zone"\n    acl: updates\n`).join("")}`,
  );
  const program = namespace.spawn([await needed("knot", "usr/sbin/knotd"), "-c", configuration]);
  await program.waitForLine((line) => line.includes("server started"));
  return { program, port };
}
