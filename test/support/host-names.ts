// Addresses of the host names in test/configurations: nothing is asked of a name server.

import { ip } from "./message-builder.ts";

const ADDRESSES: Readonly<Record<string, string>> = {
  "ns1.example.org": "192.0.2.53",
  "ns2.example.org": "192.0.2.54",
  "ns1.internal.example.org": "10.42.0.2",
  "gw-a.example.org": "10.41.0.1",
  "gw-b.example.org": "10.41.0.2",
  "gw-c.example.org": "10.41.0.33",
  "gw-224.example.org": "10.17.224.1",
  "gw-29.example.org": "10.0.29.1",
  "workstation.example.com": "10.42.0.10",
  "beta.example.org": "192.0.2.211",
};

/** The names with their addresses, for `loadConfig`. */
export const HOST_NAMES: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries(ADDRESSES).map(([name, address]) => [name, [ip(address)]]),
);

/** The names as the text of a hosts(5) file. */
export const HOSTS_FILE = Object.entries(ADDRESSES)
  .map(([name, address]) => `${address} ${name}\n`)
  .join("");
