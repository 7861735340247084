// Which kind of file a text is, by how it begins, or by the name that no other kind has.

import { isDnsmasqLeaseFile } from "./dnsmasq-leases.ts";
import { isDnsmasqConfig } from "./dnsmasq-lines.ts";
import { isIscLeaseFile } from "./isc-leases.ts";
import { isKeaLeaseFile } from "./kea-leases.ts";

/** The kinds of files. */
export type FileKind = "isc-config" | "isc-leases" | "kea-config" | "kea-leases" | "dnsmasq-config" | "dnsmasq-leases";

/** The map of every configuration of Kea's: its own reader says where the JSON around it is not right. */
const KEA_NAME = /"Dhcp4"\s*:/;

/** The kind of a file. Never throws. */
export function kindOf(text: string): FileKind {
  if (isKeaLeaseFile(text)) return "kea-leases";
  if (isDnsmasqLeaseFile(text)) return "dnsmasq-leases";
  const start = startOf(text);
  if (isIscLeaseFile(text, start)) return "isc-leases";
  if (isDnsmasqConfig(text, start)) return "dnsmasq-config";
  return text.startsWith("{", start) || KEA_NAME.test(text) ? "kea-config" : "isc-config";
}

/** Where a text begins behind white space and the comments of any server. */
export function startOf(text: string): number {
  let at = /^(?:\ufeff|\xef\xbb\xbf)?/.exec(text)?.[0].length ?? 0;
  for (;;) {
    const from = at;
    while (/\s/.test(text.charAt(at))) at++;
    if (text[at] === "#" || text.startsWith("//", at)) at = endOf(text, "\n", at);
    else if (text.startsWith("/*", at)) at = endOf(text, "*/", at + 2);
    if (at === from) return at;
  }
}

/** The offset behind the next `mark`, or the end. */
function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}
