// Lines of a dnsmasq.conf that need no translation: those that are one statement here, those that say nothing
// to clients, and why the others are not carried over.

/** Lines that only say where to listen, or how to log. */
export const SILENT =
  /^(?:log-.*|dhcp-no-override|bind-interfaces|bind-dynamic|user|group|pid-file|keep-in-foreground|no-daemon|conf-dir-.*|dhcp-fqdn|read-ethers-none|dhcp-scriptuser|script-on-renewal)$/;
/** Lines that set tags. */
export const SETTING_TAGS = /^dhcp-(?:match|vendorclass|userclass|mac|circuitid|remoteid|subscrid)$/;
/** Lines that are one statement. */
export const SIMPLE: Readonly<Record<string, string>> = {
  "no-ping": "ping-check off;",
  "dhcp-rapid-commit": "rapid-commit on;",
  "dhcp-ignore-clid": "ignore-client-uids on;",
};
const REASONS: Readonly<Record<string, string>> = {
  "conf-dir": "name its files by conf-file, one after the other",
  "dhcp-hostsfile": "put its lines here, each behind dhcp-host=",
  "dhcp-optsfile": "put its lines here, each behind dhcp-option=",
  "dhcp-leasefile": "import it too: its leases are not in the configuration",
  "read-ethers": "write the machines of /etc/ethers as dhcp-host lines, and import again",
  "dhcp-luascript": "write a program for event-script that does the same",
  "leasefile-ro": "the server keeps its leases in its own lease file, and asks no script for them",
  "script-arp": "the event script is told of leases only",
  "enable-tftp": "this server has no TFTP",
  "tftp-root": "this server has no TFTP",
  "dhcp-relay": "this server is no relay",
  "enable-ra": "this server is for DHCPv4 only",
};

/** Why a line is not carried over. */
export function reasonFor(name: string): string {
  const known = REASONS[name];
  if (known !== undefined) return known;
  return name.startsWith("dhcp-") || name.startsWith("pxe-") || name.startsWith("tag-")
    ? "there is nothing like it here"
    : "this server is for DHCP only: dnsmasq can go on serving the DNS without its dhcp-range lines, with clients' names by hosts-file (docs/names.md)";
}
