// dnsmasq's option names and values as statements of dhcpd.conf.

import { octetsOfUint32 } from "../base/bytes.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import type { Seconds } from "../base/time.ts";
import { INFINITE_SECONDS } from "../wire/layout.ts";
import { optionByCode } from "../wire/options/option-code.ts";
import { readKeaValue, writeKeaValue } from "./kea-option-value.ts";
import { parseOctets, quote } from "./written.ts";

/** Names that `option:NAME` may have. */
const NAMES: Readonly<Record<string, number>> = {
  netmask: 1,
  "time-offset": 2,
  router: 3,
  "dns-server": 6,
  "log-server": 7,
  "lpr-server": 9,
  hostname: 12,
  "boot-file-size": 13,
  "domain-name": 15,
  "swap-server": 16,
  "root-path": 17,
  "extension-path": 18,
  "ip-forward-enable": 19,
  "policy-filter": 21,
  "default-ttl": 23,
  mtu: 26,
  "all-subnets-local": 27,
  broadcast: 28,
  "router-discovery": 31,
  "router-solicitation": 32,
  "static-route": 33,
  "arp-timeout": 35,
  "tcp-ttl": 37,
  "tcp-keepalive": 38,
  "nis-domain": 40,
  "nis-server": 41,
  "ntp-server": 42,
  "vendor-encap": 43,
  "netbios-ns": 44,
  "netbios-dd": 45,
  "netbios-nodetype": 46,
  "netbios-scope": 47,
  "x-windows-fs": 48,
  "x-windows-dm": 49,
  "requested-address": 50,
  T1: 58,
  T2: 59,
  "vendor-class": 60,
  "client-id": 61,
  "nis+-domain": 64,
  "nis+-server": 65,
  "tftp-server": 66,
  "bootfile-name": 67,
  "mobile-ip-home": 68,
  "smtp-server": 69,
  "pop3-server": 70,
  "nntp-server": 71,
  "irc-server": 74,
  "user-class": 77,
  "client-arch": 93,
  "client-interface-id": 94,
  "client-machine-id": 97,
  "posix-timezone": 100,
  "tzdb-timezone": 101,
  "domain-search": 119,
  "sip-server": 120,
  "classless-static-route": 121,
  "tftp-server-address": 150,
  "server-ip-address": 150,
};

/** The code of `NUMBER` or `option:NAME`; undefined if it is neither. */
export function dnsmasqCode(text: string): number | undefined {
  if (/^[0-9]{1,3}$/.test(text)) return Number(text) >= 1 && Number(text) <= 254 ? Number(text) : undefined;
  const [, name = ""] = /^option:(.*)$/.exec(text) ?? [];
  return NAMES[name] ?? (/^[0-9]{1,3}$/.test(name) ? dnsmasqCode(name) : undefined);
}

/** The value of an option, as it stands behind its name; or why there is none. */
export function dnsmasqValue(
  code: number,
  values: readonly string[],
): { readonly text: string } | { readonly problem: string } {
  const { format } = optionByCode(code);
  if (values.includes("0.0.0.0") && format.startsWith("I"))
    return { problem: "0.0.0.0 stands for the server's own address there: write the address" };
  if (format.startsWith("X")) return { text: octetsText(values) };
  const isRoutes = format === "CIA";
  const pairs = values.flatMap((value, i) => (i % 2 === 0 ? [`${value} - ${values[i + 1] ?? ""}`] : []));
  const joined = isRoutes ? pairs.join(",") : values.map((value) => value.replaceAll(",", "\\,")).join(",");
  const read = readKeaValue({ name: "", format, type: undefined }, { code, isOwn: true, value: joined, isText: true });
  return "problem" in read ? read : { text: writeKeaValue(read) };
}

/** A value of an option that is octets here: addresses, octets, a number or a text, as dnsmasq takes it. */
function octetsText(values: readonly string[]): string {
  const addresses = values.map(parseIpv4);
  if (!addresses.includes(undefined)) {
    const octets = addresses.flatMap((address = 0) => [...octetsOfUint32(address)]);
    return writeKeaValue({ octets: Uint8Array.from(octets) });
  }
  const [first = ""] = values;
  const octets = values.length === 1 && first.includes(":") ? parseOctets(first) : undefined;
  if (octets !== undefined) return writeKeaValue({ octets });
  if (values.length === 1 && /^[0-9]{1,9}$/.test(first)) {
    const number = Number(first);
    const size = number < 0x100 ? 1 : number < 0x10000 ? 2 : 4;
    const bytes = octetsOfUint32(number).subarray(4 - size);
    return size === 1 ? ` ${quote(String.fromCharCode(number))}` : writeKeaValue({ octets: bytes });
  }
  return ` ${quote(values.join(","))}`;
}

/** The statements for leases of one length. */
export function lifetimes(seconds: Seconds): readonly string[] {
  return [`default-lease-time ${seconds};`, `max-lease-time ${seconds};`];
}

/** Seconds of a lease time like `12h`; undefined if it is none. */
export function dnsmasqSeconds(text: string): Seconds | undefined {
  if (text === "infinite") return INFINITE_SECONDS;
  const [, digits, unit = "s"] = /^([0-9]{1,9})([smhdw]?)$/.exec(text) ?? [];
  const factors: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  return digits === undefined
    ? undefined
    : Math.min(INFINITE_SECONDS, Number(digits) * (factors[unit === "" ? "s" : unit] ?? 1));
}
