// Finds the host that a client is, by what identifies it.

import type { Host } from "./model.ts";
import { type OctetEntry, OctetIndex } from "./octet-index.ts";

/** What the octets of a key are: a hardware type (0..255), or this for a client identifier. */
export const CLIENT_ID_KIND = 256;

/** An immutable index of hosts by client identifier and by hardware address. */
export class HostIndex {
  private readonly index: OctetIndex<Host>;

  /** Of two hosts with one key the first is found. */
  constructor(hosts: readonly Host[]) {
    const entries: OctetEntry<Host>[] = [];
    for (const host of hosts) {
      if (host.clientId !== undefined) entries.push({ kind: CLIENT_ID_KIND, key: host.clientId, value: host });
      for (const { htype, address } of host.hardware) entries.push({ kind: htype, key: address, value: host });
    }
    this.index = new OctetIndex(entries);
  }

  /** The host with the first `length` octets of `octets` as a key of that kind, or undefined. */
  find(kind: number, octets: Uint8Array, length: number): Host | undefined {
    return this.index.find(kind, octets, 0, length);
  }
}
