// Finds a client's host declaration by what identifies the client.

import { formatHex } from "../../base/bytes.ts";
import { findRelaySubOption } from "../../wire/options/relay-agent.ts";
import type { HostClient } from "./host-client.ts";
import type { Host } from "./model.ts";
import { type OctetEntry, OctetIndex } from "./octet-index.ts";

/** The kind of a key's octets: a hardware type (0..255), or this for a client identifier. */
const CLIENT_ID_KIND = 256;

/** Or this and the code of a sub-option of the relay agent's information. */
const AGENT_KIND = 512;

type Hosts = readonly Host[];

/** An immutable index of hosts by client identifier, by hardware address and by their relay's sub-options. */
export class HostIndex {
  private readonly index: OctetIndex<Hosts>;
  /** Sub-options that hosts are known by, in the order in which they are tried. */
  private readonly agentCodes: readonly number[];

  constructor(hosts: Hosts) {
    const entries = new Map<string, OctetEntry<Host[]>>();
    const add = (kind: number, key: Uint8Array, host: Host): void => {
      const text = `${kind} ${formatHex(key)}`;
      const known = entries.get(text);
      if (known === undefined) entries.set(text, { kind, key, value: [host] });
      else known.value.push(host);
    };
    for (const host of hosts) {
      if (host.clientId !== undefined) add(CLIENT_ID_KIND, host.clientId, host);
      for (const { code, value } of host.agentOptions) add(AGENT_KIND + code, value, host);
      for (const { htype, address } of host.hardware) add(htype, address, host);
    }
    this.index = new OctetIndex([...entries.values()]);
    this.agentCodes = [...new Set(hosts.flatMap(({ agentOptions }) => agentOptions.map(({ code }) => code)))].sort(
      (a, b) => a - b,
    );
  }

  /** Whether any host is about the client, on any link. */
  has(client: HostClient): boolean {
    return (
      this.byClientId(client) !== undefined ||
      this.byHardware(client) !== undefined ||
      this.byAgent(client) !== undefined
    );
  }

  /**
   * The host that a client is on a link: one with a fixed address there, else one without any; of either kind the
   * one found by client identifier, then by hardware address, then by what its relay says.
   */
  find(client: HostClient, link: number): Host | undefined {
    const byClientId = this.byClientId(client);
    const byHardware = this.byHardware(client);
    const byAgent = this.byAgent(client);
    return (
      fixedOn(byClientId, link) ??
      fixedOn(byHardware, link) ??
      fixedOn(byAgent, link) ??
      withoutAddress(byClientId) ??
      withoutAddress(byHardware) ??
      withoutAddress(byAgent)
    );
  }

  private byClientId({ clientId, clientIdLength }: HostClient): Hosts | undefined {
    return clientIdLength > 0 ? this.index.find(CLIENT_ID_KIND, clientId, 0, clientIdLength) : undefined;
  }

  private byHardware({ htype, hlen, chaddr }: HostClient): Hosts | undefined {
    return hlen > 0 ? this.index.find(htype, chaddr, 0, hlen) : undefined;
  }

  private byAgent({ agentInformation, agentInformationLength }: HostClient): Hosts | undefined {
    for (let i = 0; i < this.agentCodes.length; i++) {
      const code = this.agentCodes[i] ?? 0;
      const at = findRelaySubOption(agentInformation, 0, agentInformationLength, code);
      const hosts =
        at < 0 ? undefined : this.index.find(AGENT_KIND + code, agentInformation, at, agentInformation[at - 1] ?? 0);
      if (hosts !== undefined) return hosts;
    }
    return undefined;
  }
}

function fixedOn(hosts: Hosts | undefined, link: number): Host | undefined {
  if (hosts === undefined) return undefined;
  for (let i = 0; i < hosts.length; i++) if (hosts[i]?.links.includes(link)) return hosts[i];
  return undefined;
}

function withoutAddress(hosts: Hosts | undefined): Host | undefined {
  if (hosts === undefined) return undefined;
  for (let i = 0; i < hosts.length; i++) if (hosts[i]?.isFixed === false) return hosts[i];
  return undefined;
}
