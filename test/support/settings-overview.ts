// The overviews of settings in dhcpd.conf(5), as the declarations in src/config/model/settings.ts and cluster.ts have them.

import { CLUSTER_SETTING_LIST, type ClusterSettingKind } from "../../src/config/model/cluster.ts";
import { ANYWHERE, SETTING_LIST, type Setting, type SettingKind } from "../../src/config/model/settings.ts";

const VALUES: Readonly<Record<SettingKind, string>> = {
  flag: "on, off",
  "lease-time": "seconds",
  seconds: "seconds",
  count: "leases",
  date: "date",
  text: "text",
  address: "address",
  authoritative: "",
  permission: "allow, deny",
  requestors: "allow, deny",
  relays: "addresses, interfaces",
  "domain-name": "name",
};

/** The rows of the overview, in mdoc(7): name and value, default, what it does and where it may stand. */
export function settingsOverview(): string {
  return SETTING_LIST.map(([, setting]) => rowOf(setting))
    .sort()
    .join("");
}

const CLUSTER_VALUES: Readonly<Record<ClusterSettingKind, string>> = {
  urls: " Qo Ar url Qc Oo , Qo Ar url Qc ... Oc ;",
  name: " Do Ar name Dc ;",
  path: " Do Ar name Dc ;",
  seconds: " Ar seconds ;",
  text: " Do Ar name Dc ;",
  file: " Do Ar file Dc ;",
};

/** The settings of the cluster block as rows of its entry: name and value, what it does, default. */
export function clusterOverview(): string {
  return CLUSTER_SETTING_LIST.map(([, { kind, name, description, byDefault, least, most }]) => {
    const bounds = kind === "seconds" ? `\nFrom ${least} to ${most}; the default is ${byDefault}.` : "";
    const word = typeof byDefault === "string" && byDefault !== "" ? `\nThe default is\n.Dq ${byDefault} .` : "";
    return `.It Cm ${name}${CLUSTER_VALUES[kind]}\n${description}${bounds}${word}\n`;
  }).join("");
}

function rowOf(setting: Setting<unknown>): string {
  const { kind, name, blocks, description } = setting;
  const value = VALUES[kind] === "" ? "" : ` Pq ${VALUES[kind]}`;
  const places = blocks === ANYWHERE ? "" : `\n${placesOf(blocks)}`;
  return `.It Ic ${name}${value}\n${description}\nDefault: ${defaultOf(setting)}.${places}\n`;
}

function placesOf(blocks: readonly string[]): string {
  if (blocks.length === 1) return "At the top level only.";
  return blocks.includes("pool") ? "Not in a host or a class." : "Not in a pool, a host or a class.";
}

function defaultOf({ kind, byDefault }: Setting<unknown>): string {
  if (kind === "flag") return byDefault === true ? "on" : "off";
  if (kind === "permission") return byDefault === true ? "allowed" : "denied";
  if (kind === "authoritative") return byDefault === true ? "authoritative" : "not authoritative";
  if (kind === "requestors") return "none";
  if (kind === "relays") return "all hosts but those that are seen to be clients";
  if (kind === "address") return "this server's own address";
  if (kind === "domain-name") return typeof byDefault === "string" ? byDefault : "none";
  if (kind === "text") return "none";
  if (kind === "count") return "no limit";
  if (byDefault === Number.POSITIVE_INFINITY) return kind === "date" ? "no such time" : "for ever";
  return `${byDefault} seconds`;
}
