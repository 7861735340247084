// The entry to the import of other servers' files: which kind a file is of, and what becomes of it. Pure:
// text in, text and notices out.

import type { FileReader } from "../config/include.ts";
import type { LoadContext } from "../config/load.ts";
import { importIscConfig } from "./isc-config.ts";
import { importKeaConfig } from "./kea-config.ts";
import { importKeaLeases, isKeaLeaseFile } from "./kea-leases.ts";
import type { Imported } from "./notice.ts";

/** What a file is. */
export type ImportKind = "isc-config" | "kea-config" | "kea-leases";

/** The kind of a file, by how its text begins. */
export function kindOf(text: string): ImportKind {
  if (isKeaLeaseFile(text)) return "kea-leases";
  // Comments of either server may stand in front.
  const start = text.replace(/^\ufeff|^\xef\xbb\xbf/, "").replace(/^(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/, "");
  return start.startsWith("{") ? "kea-config" : "isc-config";
}

/** Imports the text of `file` (one octet a character); or says where and why it cannot be read at all. Never throws. */
export function importFile(
  file: string,
  text: string,
  context: LoadContext & { readonly readFile: FileReader },
): Imported | { readonly line: number; readonly problem: string } {
  switch (kindOf(text)) {
    case "kea-leases":
      return importKeaLeases(file, text);
    case "kea-config":
      return importKeaConfig(file, text, context);
    case "isc-config":
      return importIscConfig(file, text, context);
  }
}
