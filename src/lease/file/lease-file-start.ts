// Telling a lease file from another program's file by how it begins. launcher/lease_text.c has the same rule for files
// that it opens with privilege.

const OUR_HEADER = "# anydhcpd leases, format ";
const HEADERS = [OUR_HEADER, "# The format of this file is documented in the dhcpd.leases(5)"];

/** Octets that are looked at. */
export const LEASE_FILE_HEAD_OCTETS = 65_536;

/** A statement that a lease file may begin with and no configuration does. */
const LEASE_STATEMENT = /^(?:lease[ \t\r\n]+[0-9]|(?:authoring-byte-order|server-duid|failover)[ \t\r\n])/;
/** ISC's declaration of something that was made while its server ran. */
const DYNAMIC_DECLARATION = /^(?:host|group|class|subclass)[ \t\r\n]+[^{;}]*\{[ \t\r\n]*(?:dynamic|deleted);/;

/** Whether a file is empty or begins as a lease file of ours, ISC's or OpenBSD's does. */
export function beginsAsLeaseFile(head: Uint8Array): boolean {
  const text = latin1(head);
  let at = 0;
  for (;;) {
    while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
    if (text.charAt(at) !== "#") break;
    if (HEADERS.some((header) => text.startsWith(header, at))) return true;
    const newline = text.indexOf("\n", at);
    at = newline < 0 ? text.length : newline;
  }
  if (at === text.length) return !text.includes("#") && at < LEASE_FILE_HEAD_OCTETS;
  const statement = text.slice(at);
  return LEASE_STATEMENT.test(statement) || DYNAMIC_DECLARATION.test(statement);
}

/** Whether a crash may have left this of a lease file of ours: octets that never reached the disk (NUL), or a part of the header. */
export function isTornStart(head: Uint8Array): boolean {
  return head.every((octet) => octet === 0) || OUR_HEADER.startsWith(latin1(head));
}

/** What a file that is no lease file looks like, and what to do with it; undefined if that is unknown. */
export function describeOtherFile(head: Uint8Array, path: string): string | undefined {
  const text = latin1(head).slice(0, 4096);
  if (/^address,(?:hwaddr|duid),/.test(text)) {
    return `it looks like a lease file of Kea's (CSV): "anydhcpctl import ${path}" writes it as ours`;
  }
  if (/^(?:\d+ (?:[0-9a-f]{2}-)?[0-9a-f]{2}(?::[0-9a-f]{2})+ |duid )/i.test(text)) {
    return `it looks like a lease file of dnsmasq's: "anydhcpctl import ${path}" tells whether it can be carried over`;
  }
  if (/^\s*lease\s*\{/.test(text)) return "it looks like the leases of a client (dhclient), not of a server";
  if (/^\s*\{/.test(text)) return `it looks like JSON: "anydhcpctl import ${path}" reads Kea's configurations`;
  if (/^\s*(?:subnet|shared-network|option|host|key|zone|default-lease-time|authoritative)\b/m.test(text)) {
    return "it looks like a configuration; name that with -c";
  }
  return undefined;
}

function latin1(octets: Uint8Array): string {
  let text = "";
  const end = Math.min(octets.length, LEASE_FILE_HEAD_OCTETS);
  for (let at = 0; at < end; at += 4096) text += String.fromCharCode(...octets.subarray(at, Math.min(end, at + 4096)));
  return text;
}
