// The settings of the `cluster` block once: statement, kind of value, default and what it does. The values of a
// Cluster, the entries that the block may have and their overview in dhcpd.conf(5) follow from this.

import type { Seconds } from "../../base/time.ts";
import type { Provenance } from "./provenance.ts";

/**
 * How a value is written: `urls` between quotes with commas, `name` and `path` of letters, digits and a few marks,
 * `seconds` within `least` and `most`, `text` of at most `most` octets, `file` the name of a file whose content counts.
 */
export type ClusterSettingKind = "urls" | "name" | "path" | "seconds" | "text" | "file";

/** The declaration of one setting of the block. */
export interface ClusterSetting<Value> {
  readonly kind: ClusterSettingKind;
  /** Its first word, in lower case. */
  readonly name: string;
  /** What holds where it is not set; undefined: nothing. */
  readonly byDefault: Value;
  /** What it does, in one line. */
  readonly description: string;
  /** Bounds of `seconds`; of other kinds `most` is the octets or characters of the value. */
  readonly least: number;
  readonly most: number;
}

/** A file that the block names, with its content. */
export interface ClusterFile {
  readonly path: string;
  readonly octets: Uint8Array;
}

const DAY = 86_400;
/** Enough for a key in PEM, a chain of certificates, a password. */
const FILE_OCTETS_MAX = 1 << 20;
const NO_URLS: readonly string[] = [];

function setting<Value, Kind extends ClusterSettingKind>(
  kind: Kind,
  name: string,
  byDefault: Value,
  description: string,
  most: number,
  least = 0,
): ClusterSetting<Value> & { readonly kind: Kind } {
  return { kind, name, byDefault, description, least, most };
}

function file(name: string, description: string): ClusterSetting<ClusterFile | undefined> & { readonly kind: "file" } {
  return setting("file", name, undefined, description, FILE_OCTETS_MAX);
}

/** The settings by the field of Cluster that has their value. */
export const CLUSTER_SETTINGS = {
  /** `https://10.0.0.1:2379`: scheme, host and port, nothing else. */
  endpoints: setting("urls", "etcd", NO_URLS, "The members of the etcd cluster that keeps the leases.", 64),
  /** No two servers of a cluster have the same. */
  name: setting("name", "name", "", "The name of this server among the servers of the cluster.", 63, 1),
  prefix: setting("path", "prefix", "anydhcpd", "The beginning of the names of all keys in etcd.", 128, 1),
  reserveSeconds: setting<Seconds, "seconds">(
    "seconds",
    "reserve",
    600,
    "How long each lease is kept beyond the time that its client knows.",
    DAY,
    1,
  ),
  guardSeconds: setting<Seconds, "seconds">(
    "seconds",
    "guard",
    70,
    "How long an address rests after the end of its lease before another client gets it.",
    DAY,
    1,
  ),
  clockSkewSeconds: setting<Seconds, "seconds">(
    "seconds",
    "clock-skew",
    30,
    "The largest difference between the clocks of two servers that counts as usual.",
    3600,
    1,
  ),
  /** Keys the order in which free addresses are tried. */
  secret: file("secret-file", "A secret that all servers share, so that no other host can foretell addresses."),
  /** PEM. Undefined: the authorities that Node.js knows. */
  authority: file("ca-file", "Certificates of the authorities that may vouch for etcd."),
  certificate: file("certificate-file", "The certificate that this server shows to etcd."),
  key: file("key-file", "The private key of that certificate."),
  user: setting<string | undefined, "text">(
    "text",
    "user",
    undefined,
    "The name of this server's user in etcd.",
    255,
    1,
  ),
  /** Without the line end that closes the file. */
  password: file("password-file", "That user's password."),
} as const;

/** Names of the values of a Cluster. */
export type ClusterField = keyof typeof CLUSTER_SETTINGS;

/** The value of every setting of the block. */
export type ClusterValues = { readonly [Field in ClusterField]: (typeof CLUSTER_SETTINGS)[Field]["byDefault"] };

/** Fields of the settings of some kinds. */
export type ClusterFieldOf<Kind extends ClusterSettingKind> = {
  [Field in ClusterField]: (typeof CLUSTER_SETTINGS)[Field]["kind"] extends Kind ? Field : never;
}[ClusterField];

/** The settings with their fields. */
export const CLUSTER_SETTING_LIST: readonly (readonly [ClusterField, ClusterSetting<unknown>])[] = Object.entries(
  CLUSTER_SETTINGS,
) as [ClusterField, ClusterSetting<unknown>][];

/** What holds where nothing is set. */
export const CLUSTER_DEFAULTS: ClusterValues = Object.fromEntries(
  CLUSTER_SETTING_LIST.map(([field, { byDefault }]) => [field, byDefault]),
) as ClusterValues;

/** A `cluster` block: the servers that share their leases in etcd. */
export interface Cluster extends ClusterValues {
  readonly at: Provenance;
}
