// The options of a message on the command line: `--option NAME=VALUE`, by the names and types of dhcpd.conf(5).

import { formatHex } from "../base/bytes.ts";
import { DaemonError } from "../base/daemon-error.ts";
import { readOptionText } from "../config/language/option-text.ts";
import { AGENT_NAMES } from "../config/language/query-data.ts";
import type { ExplainRequest } from "../control/requests.ts";
import { OptionCode, type OptionDefinition, optionByCode, optionByName } from "../wire/options/option-code.ts";

type MessageOption = ExplainRequest["options"][number];

const VALUE_OCTETS_MAX = 255;
const CLIENT_ID = optionByCode(OptionCode.clientId);
const OCTETS: OptionDefinition = { code: OptionCode.relayAgentInformation, name: "agent", format: "X" };

/**
 * The options that `texts` give, and of `others` those that they do not. Each `agent.NAME` is a sub-option of the relay agent
 * information, and counts more than the same in `others`. Throws DaemonError "usage".
 */
export function readOptions(texts: readonly string[], others: readonly MessageOption[]): MessageOption[] {
  const options: MessageOption[] = [];
  const agent = new Map<number, Uint8Array>();
  for (const text of texts) {
    const at = Math.max(0, text.indexOf("="));
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    const subOption = AGENT_NAMES.get(name.replace(/^agent\./, ""));
    if (name.startsWith("agent.") && subOption !== undefined) agent.set(subOption, octetsOf(text, OCTETS, value));
    else {
      const definition = definitionOf(name);
      if (definition === undefined)
        throw new DaemonError("usage", `--option takes NAME=VALUE with an option's name or number, not "${text}"`);
      options.push({ code: definition.code, value: formatHex(octetsOf(text, definition, value), ":") });
    }
  }
  const told = new Set(options.map(({ code }) => code));
  const rest = others.filter(({ code }) => !told.has(code));
  if (agent.size === 0) return [...rest, ...options];
  const isAgent = ({ code }: MessageOption): boolean => code === OptionCode.relayAgentInformation;
  return [
    ...rest.filter((option) => !isAgent(option)),
    ...options,
    { code: OptionCode.relayAgentInformation, value: withSubOptions(rest.find(isAgent)?.value ?? "", agent) },
  ];
}

/** The octets of a client identifier: a text, or octets as 01:02:03. */
export function readClientId(text: string): string {
  return formatHex(octetsOf(`dhcp-client-identifier=${text}`, { ...CLIENT_ID, format: "X" }, text), ":");
}

function definitionOf(name: string): OptionDefinition | undefined {
  const code = Number(name);
  if (!/^\d{1,3}$/.test(name)) return optionByName(name.toLowerCase());
  return code >= 1 && code <= 254 ? optionByCode(code) : undefined;
}

function octetsOf(text: string, definition: OptionDefinition, value: string): Uint8Array {
  // A configuration is read one octet a character.
  const octets = readOptionText(definition, Buffer.from(value).toString("latin1"));
  if (typeof octets === "string") throw new DaemonError("usage", `--option ${text}: ${octets}`);
  if (octets.length > VALUE_OCTETS_MAX)
    throw new DaemonError("usage", `--option ${text}: the value has more than ${VALUE_OCTETS_MAX} octets`);
  return octets;
}

/** Relay agent information in hexadecimal, with some sub-options replaced or added. */
function withSubOptions(hex: string, agent: ReadonlyMap<number, Uint8Array>): string {
  const all = new Map<number, Uint8Array>();
  const octets = Buffer.from(hex.replaceAll(":", ""), "hex");
  for (let at = 0; at + 1 < octets.length; at += 2 + (octets[at + 1] ?? 0))
    all.set(octets[at] ?? 0, octets.subarray(at + 2, at + 2 + (octets[at + 1] ?? 0)));
  for (const [code, value] of agent) all.set(code, value);
  return formatHex(Uint8Array.from([...all].flatMap(([code, value]) => [code, value.length, ...value])), ":");
}
