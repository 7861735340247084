// The registry of DHCP options: code, name and format of each, and the order in which a reply sends
// what nobody asked for. Names and formats are those of OpenBSD's dhcp-options(5) (RFC 2132 and the
// RFCs after it); a code without a name is `option-nnn` with raw octets. Formats are explained in
// option-format.ts.

/** Codes that the server itself reads or writes. */
export const OptionCode = {
  pad: 0,
  subnetMask: 1,
  routers: 3,
  hostName: 12,
  staticRoutes: 33,
  vendorOptions: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  requestList: 55,
  message: 56,
  maxMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientId: 61,
  userClass: 77,
  relayAgentInformation: 82,
  classlessRoutes: 121,
  microsoftRoutes: 249,
  end: 255,
} as const;

/** One option: how people write it and what its octets mean. */
export interface OptionDefinition {
  /** 0..255. */
  readonly code: number;
  readonly name: string;
  /** Format letters (option-format.ts); empty for pad and end, which have no value. */
  readonly format: string;
}

const NAMED: readonly (readonly [number, string, string])[] = [
  [0, "pad", ""],
  [1, "subnet-mask", "I"],
  [2, "time-offset", "l"],
  [3, "routers", "IA"],
  [4, "time-servers", "IA"],
  [5, "ien116-name-servers", "IA"],
  [6, "domain-name-servers", "IA"],
  [7, "log-servers", "IA"],
  [8, "cookie-servers", "IA"],
  [9, "lpr-servers", "IA"],
  [10, "impress-servers", "IA"],
  [11, "resource-location-servers", "IA"],
  [12, "host-name", "X"],
  [13, "boot-size", "S"],
  [14, "merit-dump", "t"],
  [15, "domain-name", "t"],
  [16, "swap-server", "I"],
  [17, "root-path", "t"],
  [18, "extensions-path", "t"],
  [19, "ip-forwarding", "f"],
  [20, "non-local-source-routing", "f"],
  [21, "policy-filter", "IIA"],
  [22, "max-dgram-reassembly", "S"],
  [23, "default-ip-ttl", "B"],
  [24, "path-mtu-aging-timeout", "L"],
  [25, "path-mtu-plateau-table", "SA"],
  [26, "interface-mtu", "S"],
  [27, "all-subnets-local", "f"],
  [28, "broadcast-address", "I"],
  [29, "perform-mask-discovery", "f"],
  [30, "mask-supplier", "f"],
  [31, "router-discovery", "f"],
  [32, "router-solicitation-address", "I"],
  [33, "static-routes", "IIA"],
  [34, "trailer-encapsulation", "f"],
  [35, "arp-cache-timeout", "L"],
  [36, "ieee802-3-encapsulation", "f"],
  [37, "default-tcp-ttl", "B"],
  [38, "tcp-keepalive-interval", "L"],
  [39, "tcp-keepalive-garbage", "f"],
  [40, "nis-domain", "t"],
  [41, "nis-servers", "IA"],
  [42, "ntp-servers", "IA"],
  [43, "vendor-encapsulated-options", "X"],
  [44, "netbios-name-servers", "IA"],
  [45, "netbios-dd-server", "IA"],
  [46, "netbios-node-type", "B"],
  [47, "netbios-scope", "t"],
  [48, "font-servers", "IA"],
  [49, "x-display-manager", "IA"],
  [50, "dhcp-requested-address", "I"],
  [51, "dhcp-lease-time", "L"],
  [52, "dhcp-option-overload", "B"],
  [53, "dhcp-message-type", "B"],
  [54, "dhcp-server-identifier", "I"],
  [55, "dhcp-parameter-request-list", "BA"],
  [56, "dhcp-message", "t"],
  [57, "dhcp-max-message-size", "S"],
  [58, "dhcp-renewal-time", "L"],
  [59, "dhcp-rebinding-time", "L"],
  [60, "dhcp-class-identifier", "t"],
  [61, "dhcp-client-identifier", "X"],
  [64, "nisplus-domain", "t"],
  [65, "nisplus-servers", "IA"],
  [66, "tftp-server-name", "t"],
  [67, "bootfile-name", "t"],
  [68, "mobile-ip-home-agent", "IA"],
  [69, "smtp-server", "IA"],
  [70, "pop-server", "IA"],
  [71, "nntp-server", "IA"],
  [72, "www-server", "IA"],
  [73, "finger-server", "IA"],
  [74, "irc-server", "IA"],
  [75, "streettalk-server", "IA"],
  [76, "streettalk-directory-assistance-server", "IA"],
  [77, "user-class", "t"],
  [82, "relay-agent-information", "X"],
  [85, "nds-servers", "IA"],
  [86, "nds-tree-name", "X"],
  [87, "nds-context", "X"],
  [108, "ipv6-only-preferred", "L"],
  [119, "domain-search", "D"],
  [121, "classless-static-routes", "CIA"],
  [144, "tftp-config-file", "t"],
  [150, "voip-configuration-server", "IA"],
  [249, "classless-ms-static-routes", "CIA"],
  [252, "autoproxy-script", "t"],
  [255, "option-end", ""],
];

const UNNAMED_FORMAT = "X";

const byCode: readonly OptionDefinition[] = allDefinitions();
const byName: ReadonlyMap<string, OptionDefinition> = new Map(byCode.map((option) => [option.name, option]));
const NOTHING: OptionDefinition = { code: -1, name: "no option", format: "" };

function allDefinitions(): OptionDefinition[] {
  const definitions = Array.from({ length: 256 }, (_, code) => ({
    code,
    name: `option-${code}`,
    format: UNNAMED_FORMAT,
  }));
  for (const [code, name, format] of NAMED) definitions[code] = { code, name, format };
  return definitions;
}

/** The option with that code (0..255); codes without a name are `option-nnn`. */
export function optionByCode(code: number): OptionDefinition {
  return byCode[code] ?? NOTHING;
}

/**
 * The option that is written as `name` in a configuration, or undefined. A named option has no
 * second name by number (`option-3` is undefined), and pad and end are no options to set.
 */
export function optionByName(name: string): OptionDefinition | undefined {
  const option = byName.get(name);
  return option === undefined || option.format === "" ? undefined : option;
}

/** Every option that a configuration may name, by code: for "did you mean" and documentation. */
export const SETTABLE_OPTIONS: readonly OptionDefinition[] = byCode.filter((option) => option.format !== "");

// dhcpd(8)'s default order. What the server sets in every reply comes first.
const FIRST_CODES = [
  53, 54, 51, 56, 50, 52, 57, 58, 59, 60, 61, 1, 2, 121, 249, 3, 4, 5, 6, 12, 7, 8, 9, 10, 11, 13, 14,
];
const MORE_CODES = [15, 119, ...codesFrom(16, 49), 55, 77, 82];

function codesFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Position of each code in the default order. */
export const DEFAULT_RANKS: Uint16Array = makeRanks();

function makeRanks(): Uint16Array {
  const ordered = new Set([...FIRST_CODES, ...MORE_CODES, ...codesFrom(0, 255)]);
  const ranks = new Uint16Array(256);
  for (const [rank, code] of [...ordered].entries()) ranks[code] = rank;
  return ranks;
}

/** Compares two codes by the default order of replies: the `order` of every OptionSet of a configuration. */
export function DEFAULT_ORDER(a: number, b: number): number {
  return (DEFAULT_RANKS[a] ?? 0) - (DEFAULT_RANKS[b] ?? 0);
}
