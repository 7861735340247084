// Which anydhcpd this is, by the package that it came in.

import { readFileSync } from "node:fs";

/** The version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
