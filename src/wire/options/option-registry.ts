// The names and formats of options, as data (IANA's registry of BOOTP and DHCP options).
//
// dhcp-options(5)'s own names and formats stand as they are there. All other registered options have
// the name of ISC's dhcpd or Kea where one of them has it, else the registry's, in lower case. Codes
// with several meanings (128 to 135, 177) and unassigned ones stay without a name. Formats are
// explained in option-format.ts.

/** One row: code, name, format. */
export type OptionRow = readonly [number, string, string];

/** The options of OpenBSD's dhcp-options(5). */
export const OPENBSD_OPTIONS: readonly OptionRow[] = [
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

/** The other registered options, by the RFC that defines them. */
export const FURTHER_OPTIONS: readonly OptionRow[] = [
  // RFC 2242
  [62, "nwip-domain", "t"],
  [63, "nwip-suboptions", "X"],
  // RFC 2610
  [78, "slp-directory-agent", "fIa"],
  [79, "slp-service-scope", "fto"],
  // RFC 4039
  [80, "rapid-commit", "Z"],
  // RFC 4702
  [81, "fqdn", "BBBd"],
  // RFC 4174
  [83, "isns", "SSSLIa"],
  // RFC 4280
  [88, "bcms-controller-names", "dA"],
  [89, "bcms-controller-address", "IA"],
  // RFC 3118
  [90, "authenticate", "X"],
  // RFC 4388
  [91, "client-last-transaction-time", "L"],
  [92, "associated-ip", "IA"],
  // RFC 4578
  [93, "pxe-system-type", "SA"],
  [94, "pxe-interface-id", "BBB"],
  // RFC 3679
  [95, "ldap", "t"],
  // RFC 4578
  [97, "pxe-client-id", "BX"],
  // RFC 2485
  [98, "uap-servers", "t"],
  // RFC 4776
  [99, "geoconf-civic", "X"],
  // RFC 4833
  [100, "pcode", "t"],
  [101, "tcode", "t"],
  // RFC 8539
  [109, "dhcp4o6-s46-saddr", "6"],
  // RFC 3679
  [112, "netinfo-server-address", "IA"],
  [113, "netinfo-server-tag", "t"],
  // RFC 8910
  [114, "v4-captive-portal", "t"],
  // RFC 2563
  [116, "auto-config", "f"],
  // RFC 2937
  [117, "name-service-search", "SA"],
  // RFC 3011
  [118, "subnet-selection", "I"],
  // RFC 3361
  [120, "sip-servers", "M"],
  // RFC 3495
  [122, "ccc", "X"],
  // RFC 6225
  [123, "geoconf", "X"],
  // RFC 3925
  [124, "vivco", "LxA"],
  [125, "vivso", "LxA"],
  // RFC 5192
  [136, "pana-agent", "IA"],
  // RFC 5223
  [137, "v4-lost", "d"],
  // RFC 5417
  [138, "capwap-ac-v4", "IA"],
  // RFC 5678
  [139, "ipv4-address-mos", "X"],
  [140, "ipv4-fqdn-mos", "X"],
  // RFC 6011
  [141, "sip-ua-cs-domains", "D"],
  // RFC 6153
  [142, "ipv4-address-andsf", "IA"],
  // RFC 8572
  [143, "v4-sztp-redirect", "uA"],
  // RFC 6704
  [145, "forcerenew-nonce-capable", "BA"],
  // RFC 6731
  [146, "rdnss-selection", "BIIda"],
  // RFC 8973
  [147, "v4-dots-ri", "d"],
  [148, "v4-dots-address", "IA"],
  // RFC 6926
  [151, "status-code", "Bto"],
  [152, "base-time", "L"],
  [153, "start-time-of-state", "L"],
  [154, "query-start-time", "L"],
  [155, "query-end-time", "L"],
  [156, "dhcp-state", "B"],
  [157, "data-source", "B"],
  // RFC 7291
  [158, "v4-pcp-server", "iA"],
  // RFC 7618
  [159, "v4-portparams", "BBS"],
  // RFC 8520
  [161, "mud-url-v4", "t"],
  // RFC 9463
  [162, "v4-dnr", "X"],
  // Tentatively assigned
  [175, "etherboot", "X"],
  [176, "ip-telephone", "X"],
  // RFC 5071
  [208, "pxelinux-magic", "X"],
  [209, "loader-configfile", "t"],
  [210, "loader-pathprefix", "t"],
  [211, "loader-reboottime", "L"],
  // RFC 5969
  [212, "option-6rd", "BB6Ia"],
  // RFC 5986
  [213, "v4-access-domain", "d"],
  // RFC 6656
  [220, "subnet-alloc", "X"],
  // RFC 6607
  [221, "vss", "X"],
];

/** Names that ISC's dhcpd, or the files of its users, have for options with another name here: code by name. */
export const OTHER_NAMES: ReadonlyMap<string, number> = new Map([
  ["vendor-class-identifier", 60],
  ["architecture", 93],
  ["v6-only-preferred", 108],
  ["default-url", 114],
  ["tftp-server-address", 150],
]);
