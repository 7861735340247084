// Why members of a Kea configuration are not carried over, and what to use instead.

import type { KeaMap } from "./kea-map.ts";

/** Kea's zones and keys are in a file of another program of its. */
export const NO_DDNS = "write ddns-update-style standard, and the zones and keys of Kea's D2, yourself (dhcpd.conf(5))";

const REASONS: Readonly<Record<string, string>> = {
  "renew-timer": "clients are told to renew after half of the lease time",
  "rebind-timer": "clients are told to rebind after seven eighths of the lease time",
  "lease-database": "leases are in the file that the flag -l names; import the old ones from Kea's file",
  "hosts-database": "hosts are in the configuration only",
  "hosts-databases": "hosts are in the configuration only",
  "control-socket": "there is a control socket of its own: see anydhcpctl",
  "control-sockets": "there is a control socket of its own: see anydhcpctl",
  loggers: "the log goes to standard output",
  "dhcp-ddns": NO_DDNS,
  "expired-leases-processing": "leases end by themselves, and their addresses are given out again oldest first",
  "multi-threading": "one thread serves",
  "decline-probation-period": "declined addresses rest for a time of this server's choice",
  "4o6-interface": "this server is for DHCPv4 over IPv4 only",
  allocator: "addresses are chosen by the client, the longest unused first when none is new",
};

const DDNS = /^ddns-|^hostname-char-|^qualifying-suffix|^override-|^replace-client-name$|^generated-prefix$/;

/** Members that ask for what this server does anyway. */
const FITTING = [
  "reservations-global",
  "reservations-in-subnet",
  "reservations-out-of-pool",
  "reservation-mode",
  "store-extended-info",
  "calculate-tee-times",
  "t1-percent",
  "t2-percent",
];

/** Reports the remaining members of a map; `hasDdns` if the file asks for updates of the DNS. */
export function finishMap(map: KeaMap, hasDdns: boolean): void {
  if (hasDdns) map.loseMatching(DDNS, NO_DDNS);
  else map.passMatching(DDNS);
  map.pass(...FITTING);
  map.finish(REASONS);
}
