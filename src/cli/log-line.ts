// A line of the daemon's log about a client's message or its reply, as text or JSON, with whatever a journal puts before it:
// what of the message can be told from it.

import { formatHex } from "../base/bytes.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import { LOG_LINE_LENGTH_MAX } from "../base/limits/control.ts";
import type { ExplainRequest } from "../control/requests.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import { RelaySubOption } from "../wire/options/relay-agent.ts";
import { readHardwareAddress } from "./hardware-address.ts";

/** A message of a client, as far as a line tells. */
export type LoggedMessage = Omit<ExplainRequest, "command">;

/** The message that a line is about: of a reply, the one that is answered so. */
const TYPES: Readonly<Record<string, ExplainRequest["type"]>> = {
  DHCPDISCOVER: "discover",
  DHCPOFFER: "discover",
  DHCPREQUEST: "request",
  DHCPACK: "request",
  DHCPNAK: "request",
  DHCPINFORM: "inform",
};

const TEXT =
  /\b(DHCP(?:DISCOVER|OFFER|REQUEST|ACK|NAK|INFORM))(?: (?:for|on) ([0-9.]+))? (?:from|to) ([0-9a-f:]+)(?: \(.*\))? via ([^\s:]+)(.*)$/;

/** The message of a line; undefined if the line is about none that can be explained, or is too long. */
export function readLogLine(line: string): LoggedMessage | undefined {
  if (line.length > LOG_LINE_LENGTH_MAX) return undefined;
  const fields = jsonFields(line) ?? textFields(line);
  const type = TYPES[fields?.["type"] ?? ""];
  const hardware = readHardwareAddress(fields?.["hardware"] ?? "");
  if (fields === undefined || type === undefined || hardware === undefined) return undefined;
  const { via = "", address = "", from = "", circuitId = "", remoteId = "" } = fields;
  const isRelayed = parseIpv4(via) !== undefined;
  const isSenderKnown = parseIpv4(from) !== undefined;
  return {
    ...{ hardware, type, options: agentInformation(circuitId, remoteId) },
    ...(isRelayed ? { giaddr: via, ...(isSenderKnown && { from }) } : via !== "" && { via }),
    ...addressOf(type, address, from),
  };
}

/** An address that the client sends from is the one that it has; else it asks for it. */
function addressOf(type: ExplainRequest["type"], address: string, from: string): Partial<LoggedMessage> {
  if (parseIpv4(address) === undefined || type === "discover") return {};
  return type === "inform" || address === from ? { ciaddr: address } : { requested: address };
}

/** Of a line in JSON, the members that are texts; undefined for any other line. */
function jsonFields(line: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(line.slice(line.indexOf("{")));
    if (typeof value !== "object" || value === null) return undefined;
    return Object.fromEntries(Object.entries(value).filter(([, member]) => typeof member === "string"));
  } catch {
    return undefined;
  }
}

function textFields(line: string): Readonly<Record<string, string>> | undefined {
  const [, type = "", address = "", hardware = "", via = "", rest = ""] = TEXT.exec(line) ?? [];
  if (type === "") return undefined;
  const field = (name: string): string => {
    const [, quoted, plain] = new RegExp(`(?:^| )${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S+))`).exec(rest) ?? [];
    return quoted ?? plain ?? "";
  };
  const [from, circuitId, remoteId] = [field("from"), field("circuitId"), field("remoteId")];
  return { type, address, hardware, via, from, circuitId, remoteId };
}

/** Option 82 with these sub-options, which the log has as text or as octets. */
function agentInformation(circuitId: string, remoteId: string): LoggedMessage["options"] {
  const parts = [[RelaySubOption.circuitId, circuitId] as const, [RelaySubOption.remoteId, remoteId] as const].flatMap(
    ([code, text]) => {
      const octets = octetsOf(text);
      return octets.length === 0 || octets.length > 120 ? [] : [code, octets.length, ...octets];
    },
  );
  return parts.length === 0
    ? []
    : [{ code: OptionCode.relayAgentInformation, value: formatHex(Uint8Array.from(parts), ":") }];
}

function octetsOf(text: string): readonly number[] {
  if (/^[0-9a-f]{2}(?::[0-9a-f]{2})*$/.test(text)) return text.split(":").map((octet) => Number.parseInt(octet, 16));
  return [...Buffer.from(text)];
}
