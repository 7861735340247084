// Loads configurations given as text: a good one as Config, a bad one as what people would read.

import type { FileReader } from "../../src/config/language/include.ts";
import { formatDiagnostics, loadConfig } from "../../src/config/load.ts";
import type { Config, Host, Subnet } from "../../src/config/model/model.ts";
import { ip } from "./message-builder.ts";

/** The configuration of a text that must have no errors. */
export function configOf(text: string, names?: ReadonlyMap<string, number>): Config {
  const { config, diagnostics, source } = loadConfig(
    "dhcpd.conf",
    text,
    names && { hostNames: new Map([...names].map(([name, address]) => [name, [address]])) },
  );
  if (config === undefined) throw new TypeError(formatDiagnostics(diagnostics, source));
  return config;
}

/** Everything there is to say about a text, formatted. */
export function complaintsOf(text: string, readFile?: FileReader): string {
  const { diagnostics, source } = loadConfig("dhcpd.conf", text, readFile && { readFile });
  return formatDiagnostics(diagnostics, source);
}

/** The heads of the diagnostics: `line:column severity message`. */
export function headsOf(text: string): string[] {
  const { diagnostics } = loadConfig("dhcpd.conf", text);
  return diagnostics.map((d) => `${d.line}:${d.column} ${d.severity} ${d.message}`);
}

/** The subnet that holds an address. */
export function subnetAt(config: Config, address: string): Subnet {
  const subnet = config.findSubnet(ip(address));
  if (subnet === undefined) throw new TypeError(`no subnet holds ${address}`);
  return subnet;
}

/** The host of that name. */
export function hostNamed(config: Config, name: string): Host {
  const host = config.hosts.find((candidate) => candidate.name === name);
  if (host === undefined) throw new TypeError(`no host is named ${name}`);
  return host;
}
