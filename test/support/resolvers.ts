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
