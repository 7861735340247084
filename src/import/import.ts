// The entry to the import of other servers' files: the kind of a file, and its translation. Pure:
// text in, text and notices out.

import type { EpochSeconds } from "../base/time.ts";
import type { FileReader } from "../config/language/include.ts";
import { importDnsmasqConfig } from "./dnsmasq-config.ts";
import { importDnsmasqLeases } from "./dnsmasq-leases.ts";
import { kindOf } from "./file-kind.ts";
import { importIscConfig } from "./isc-config.ts";
import { importIscLeases } from "./isc-leases.ts";
import { importKeaConfig, type KeaContext } from "./kea-config.ts";
import { importKeaLeases } from "./kea-leases.ts";
import type { Imported, Unreadable } from "./notice.ts";

/** Imports the text of `file` (one octet a character); or says where and why it cannot be read at all. Never throws. */
export function importFile(
  file: string,
  text: string,
  context: KeaContext & { readonly readFile: FileReader; readonly now: EpochSeconds },
): Imported | Unreadable {
  switch (kindOf(text)) {
    case "dnsmasq-config":
      return importDnsmasqConfig(file, text, context);
    case "dnsmasq-leases":
      return importDnsmasqLeases(file, text, context.now);
    case "isc-leases":
      return importIscLeases(file, text, context);
    case "kea-leases":
      return importKeaLeases(file, text);
    case "kea-config":
      return importKeaConfig(file, text, context);
    case "isc-config":
      return importIscConfig(file, text, context);
  }
}
