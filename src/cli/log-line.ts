// A line of the daemon's log about a client's message or its reply, as text or JSON, with anything that a journal puts
// around it: the facts of the message that the line holds.

import { formatHex } from "../base/bytes.ts";
import { parseIpv4 } from "../base/ipv4.ts";
import { LOG_LINE_LENGTH_MAX } from "../base/limits/control.ts";
import type { ExplainRequest } from "../control/requests.ts";
import { ROUTED } from "../server/log/message-line.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import { RelaySubOption } from "../wire/options/relay-agent.ts";
import { readHardwareAddress } from "./hardware-address.ts";

/** A message of a client, as far as a line tells. */
export type LoggedMessage = Omit<ExplainRequest, "command">;

/** The message that a line is about: for a reply, the query that it answers. */
const TYPES: Readonly<Record<string, ExplainRequest["type"]>> = {
  DHCPDISCOVER: "discover",
  DHCPOFFER: "discover",
  DHCPREQUEST: "request",
  DHCPACK: "request",
  DHCPNAK: "request",
  DHCPINFORM: "inform",
  DHCPRELEASE: "release",
  DHCPDECLINE: "decline",
};

/** The same of warnings in JSON, by their event. */
const WARNING_TYPES: Readonly<Record<string, string>> = { conflict: "DHCPDECLINE", "lease-limit": "DHCPDISCOVER" };

const TEXT =
  /\b(DHCP(?:DISCOVER|OFFER|REQUEST|ACK|NAK|INFORM|RELEASE|DECLINE))(?: (?:for|on|of) ([0-9.]+))? (?:from|to) ([0-9a-f:]+)(?: \(.*\))? via (a routed network|[^\s:]+)(.*)$/;

/** Warnings: an address was declined, and a limit keeps a client from a lease, which is a DHCPDISCOVER or the like. */
const DECLINED = /\b([0-9.]+) was declined by ([0-9a-f:]+):.*$/;
const LIMITED = /\b([0-9a-f:]+) via (\S+) gets no lease: .*$/;

/**
 * The address of a line that says that it was declined: the warning, or the message that was followed. undefined for any other
 * line. That message is over, and its client does not have the address any more.
 */
export function declinedAddress(line: string): string | undefined {
  if (line.length > LOG_LINE_LENGTH_MAX) return undefined;
  const text = journalMessage(line) ?? line;
  const fields = jsonFields(text);
  const address =
    fields === undefined
      ? (DECLINED.exec(text)?.[1] ?? /\bDHCPDECLINE on ([0-9.]+) .* reason=declined\b/.exec(text)?.[1])
      : isDeclined(fields)
        ? fields["address"]
        : undefined;
  return address !== undefined && parseIpv4(address) !== undefined ? address : undefined;
}

/**
 * Whether a line says that an address was declined; also the warning's line if the address may be offered again because
 * too many are declined.
 */
function isDeclined({ type, event, reason }: Readonly<Record<string, string>>): boolean {
  if (type !== "DHCPDECLINE") return false;
  return reason === "declined" || (event === "conflict" && reason === "drop-abandon-limit");
}

/** The message of a line; undefined if the line is about none that can be explained, or is too long. */
export function readLogLine(line: string): LoggedMessage | undefined {
  if (line.length > LOG_LINE_LENGTH_MAX) return undefined;
  const text = journalMessage(line) ?? line;
  const fields = jsonFields(text) ?? textFields(text);
  const type = TYPES[fields?.["type"] ?? ""];
  const hardware = readHardwareAddress(fields?.["hardware"] ?? "");
  if (fields === undefined || type === undefined || hardware === undefined) return undefined;
  const { via = "", address = "", from = "", circuitId = "", remoteId = "" } = fields;
  const isNear = via !== "" && via !== ROUTED;
  const isRelayed = parseIpv4(via) !== undefined;
  const isSenderKnown = parseIpv4(from) !== undefined;
  return {
    ...{ hardware, type, options: agentInformation(circuitId, remoteId) },
    ...(isRelayed ? { giaddr: via, ...(isSenderKnown && { from }) } : isNear && { via }),
    // A DHCPOFFER's address is not what its client asks for.
    ...(fields["type"] !== "DHCPOFFER" && addressOf(type, address, via === ROUTED ? address : from)),
  };
}

/** If the client sends from the address, it has the address; else it asks for it. */
function addressOf(type: ExplainRequest["type"], address: string, from: string): Partial<LoggedMessage> {
  if (parseIpv4(address) === undefined) return {};
  const isHeld = type === "inform" || type === "release" || (type === "request" && address === from);
  return isHeld ? { ciaddr: address } : { requested: address };
}

/** What `journalctl -o json` has as the line: a text, or its octets where they are no UTF-8 or a terminal could obey some. */
function journalMessage(line: string): string | undefined {
  const message = jsonObject(line)?.["MESSAGE"];
  if (typeof message === "string") return message;
  if (!Array.isArray(message)) return undefined;
  return Buffer.from(message.filter((octet) => typeof octet === "number")).toString();
}

/** The text members of a line in JSON; undefined for any other line. */
function jsonFields(line: string): Readonly<Record<string, string>> | undefined {
  const value = jsonObject(line);
  if (value === undefined) return undefined;
  const fields = Object.fromEntries(
    Object.entries(value).filter((member): member is [string, string] => typeof member[1] === "string"),
  );
  const type = WARNING_TYPES[fields["event"] ?? ""];
  return type === undefined ? fields : { type, ...fields };
}

/** The object from the first brace on. */
function jsonObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line.slice(line.indexOf("{")));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function textFields(line: string): Readonly<Record<string, string>> | undefined {
  const message = TEXT.exec(line);
  if (message !== null) {
    const [, type = "", address = "", hardware = "", via = "", rest = ""] = message;
    const fields = namedFields(rest);
    // A field with a value that the sentence has is left out: the client sends from the address that it has.
    const isFromAddress = /\breceivedAt=/.test(rest) && fields["from"] === undefined && parseIpv4(via) === undefined;
    return { type, address, hardware, via, ...(isFromAddress && { from: address }), ...fields };
  }
  const [declined, address = "", decliner = ""] = DECLINED.exec(line) ?? [];
  if (declined !== undefined) return { type: "DHCPDECLINE", address, hardware: decliner, ...namedFields(declined) };
  const [limited, hardware = "", via = ""] = LIMITED.exec(line) ?? [];
  return limited === undefined ? undefined : { type: "DHCPDISCOVER", hardware, via, ...namedFields(limited) };
}

/** The fields behind a text, NAME=VALUE or NAME="VALUE", as far as they tell of the message. */
function namedFields(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ["via", "from", "circuitId", "remoteId"].flatMap((name) => {
      const [, quoted, plain] = new RegExp(`(?:^| )${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S+))`).exec(text) ?? [];
      const value = quoted ?? plain;
      return value === undefined ? [] : [[name, value]];
    }),
  );
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
