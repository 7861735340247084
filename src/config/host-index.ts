// Finds the host that a client is, by what identifies it.

import { findRelaySubOption } from "../wire/relay-agent.ts";
import type { Host } from "./model.ts";
import { type OctetEntry, OctetIndex } from "./octet-index.ts";

/** What the octets of a key are: a hardware type (0..255), or this for a client identifier. */
export const CLIENT_ID_KIND = 256;

/** Or this and the code of a sub-option of the relay agent's information. */
const AGENT_KIND = 512;

/** An immutable index of hosts by client identifier and by hardware address. */
export class HostIndex {
  private readonly index: OctetIndex<Host>;
  /** Sub-options that hosts are known by, in the order in which they are tried. */
  private readonly agentCodes: readonly number[];

  /** Of two hosts with one key the first is found. */
  constructor(hosts: readonly Host[]) {
    const entries: OctetEntry<Host>[] = [];
    for (const host of hosts) {
      if (host.clientId !== undefined) entries.push({ kind: CLIENT_ID_KIND, key: host.clientId, value: host });
      for (const { code, value } of host.agentOptions) {
        entries.push({ kind: AGENT_KIND + code, key: value, value: host });
      }
      for (const { htype, address } of host.hardware) entries.push({ kind: htype, key: address, value: host });
    }
    this.index = new OctetIndex(entries);
    this.agentCodes = [...new Set(hosts.flatMap(({ agentOptions }) => agentOptions.map(({ code }) => code)))].sort(
      (a, b) => a - b,
    );
  }

  /** The host with the first `length` octets of `octets` as a key of that kind, or undefined. */
  find(kind: number, octets: Uint8Array, length: number): Host | undefined {
    return this.index.find(kind, octets, 0, length);
  }

  /** The host that comes with a sub-option of the first `length` octets of `information`, which are whole sub-options. */
  findByAgent(information: Uint8Array, length: number): Host | undefined {
    for (let i = 0; i < this.agentCodes.length; i++) {
      const code = this.agentCodes[i] ?? 0;
      const at = findRelaySubOption(information, 0, length, code);
      const host = at < 0 ? undefined : this.index.find(AGENT_KIND + code, information, at, information[at - 1] ?? 0);
      if (host !== undefined) return host;
    }
    return undefined;
  }
}
