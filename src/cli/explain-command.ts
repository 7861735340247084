// `anydhcpctl explain`: what the running daemon would do with a client's message, and why.

import { formatHex } from "../base/bytes.ts";
import { DaemonError } from "../base/daemon-error.ts";
import { formatIpv4, parseIpv4 } from "../base/ipv4.ts";
import { textOrHex } from "../base/text.ts";
import { type ExplainRequest, Explanation } from "../control/messages.ts";
import { OptionCode, optionByCode, optionByName } from "../wire/options/option-code.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { readHardwareAddress } from "./hardware-address.ts";

const USAGE = `usage: anydhcpctl explain [--type type] [--via interface | --giaddr address]
                          [--ciaddr address] [--requested address]
                          [--identifier octets] [--option name=value ...]
                          [--json] [--control socket] hardware-address

  --type type    discover (default), request or inform
  --via name     the interface that the message comes by
                 (default the first that is served)
  --giaddr address
                 the relay that it comes through
  --ciaddr address
                 the address that the client has, and renews
  --requested address
                 the address that it asks for
  --identifier octets
                 its client identifier (option 61)
  --option name=value
                 an option of the message, by its name or number: a text, or octets as
                 01:02:03; may be given several times
  --json         JSON
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

The daemon decides as it would about such a message now, and changes nothing.
Exit status: 0 if the client would be answered, 1 if not.
`;

const TYPES = ["discover", "request", "inform"] as const;
const LABEL_WIDTH = 10;
const NAME_WIDTH = 28;

/** Explains. */
export const EXPLAIN: Command = {
  usage: USAGE,
  async run(args) {
    const { values, positionals } = readArguments({
      args,
      allowPositionals: true,
      options: {
        ...CONTROL_OPTION,
        json: FLAG,
        type: { type: "string", default: "discover" },
        via: { type: "string" },
        giaddr: { type: "string" },
        ciaddr: { type: "string" },
        requested: { type: "string" },
        identifier: { type: "string" },
        option: { type: "string", multiple: true, default: [] },
      },
    });
    const [hardware, ...more] = positionals;
    if (hardware === undefined || more.length > 0) throw new DaemonError("usage", "name one hardware address");
    const type = TYPES.find((known) => known === values.type);
    if (type === undefined) throw new DaemonError("usage", `--type takes ${TYPES.join(", ")}, not "${values.type}"`);
    const options = values.option.map(readOption);
    if (values.identifier !== undefined)
      options.unshift({ code: OptionCode.clientId, value: readOctets(values.identifier) });
    const request: ExplainRequest = {
      ...{ command: "explain", hardware: readHardware(hardware), type, options },
      ...(values.via !== undefined && { via: values.via }),
      ...addressOf("giaddr", values.giaddr),
      ...addressOf("ciaddr", values.ciaddr),
      ...addressOf("requested", values.requested),
    };
    const explanation = await ask(values.control, request, Explanation);
    process.stdout.write(values.json ? `${JSON.stringify(explanation)}\n` : formatExplanation(explanation));
    return explanation.reply === "" ? 1 : 0;
  },
};

function readHardware(text: string): string {
  const hardware = readHardwareAddress(text);
  if (hardware !== undefined) return hardware;
  throw new DaemonError("usage", `"${text}" is not a hardware address like 02:00:00:00:00:07`);
}

function addressOf<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, string>> {
  if (text === undefined) return {};
  if (parseIpv4(text) === undefined) throw new DaemonError("usage", `--${name} takes an address, not "${text}"`);
  return { [name]: text } as Record<Name, string>;
}

function readOption(text: string): { code: number; value: string } {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(0, at));
  const code = /^\d{1,3}$/.test(name) ? Number(name) : (optionByName(name)?.code ?? 0);
  if (at < 0 || code < 1 || code > 254)
    throw new DaemonError("usage", `--option takes NAME=VALUE with an option's name or number, not "${text}"`);
  return { code, value: readOctets(text.slice(at + 1)) };
}

/** Octets as 01:02:03, or a text. */
function readOctets(text: string): string {
  if (/^(?:[0-9a-f]{2}:)+[0-9a-f]{2}$/i.test(text)) return text.toLowerCase();
  return formatHex(Buffer.from(text), ":");
}

/** For people. */
export function formatExplanation(explanation: Explanation): string {
  const { message, receivedAt, link, linkBecause, subnet, host, classes, pools, options, log, settings } = explanation;
  const line = (label: string, text: string): string => `${label.padEnd(LABEL_WIDTH)}${text}`;
  return `${[
    line("message", `${message}, sent to ${receivedAt}`),
    line("link", link === "" ? `none: ${linkBecause}, and no subnet has that` : `${link}: ${linkBecause}`),
    ...(subnet === undefined ? [] : [line("subnet", `${subnet.name} (${subnet.at})`)]),
    line("host", host === undefined ? "none is declared for it here" : `${host.name} (${host.at})`),
    line("classes", classes.length === 0 ? "none" : classes.join(", ")),
    ...pools.map(({ ranges, at, isPermitted, free }) =>
      line("pool", `${ranges.join(", ")} (${at}): ${isPermitted ? "permitted" : "not permitted"}, ${free} not leased`),
    ),
    line("result", resultOf(explanation)),
    ...deliveryOf(explanation).map((text) => line("", text)),
    ...options.map(({ name, code, value, at, overrides }) =>
      line("option", `${name.padEnd(NAME_WIDTH)} ${valueText(code, value)}  ${originOf(at, overrides)}`),
    ),
    ...settings.map(({ name, at, overrides }) =>
      line("statement", `${name.padEnd(NAME_WIDTH)} ${originOf(at, overrides)}`),
    ),
    ...log.map((text) => line("log", text)),
  ].join("\n")}\n`;
}

function resultOf({ reply, reason, address, leaseSeconds, isChecked }: Explanation): string {
  if (reply === "") return `no answer (${reason})`;
  const what = address === undefined ? "" : ` of ${address}`;
  const time = leaseSeconds === undefined ? "" : ` for ${leaseSeconds} seconds`;
  return `${reply}${what}${time} (${reason})${isChecked ? ", after a check that nobody uses the address" : ""}`;
}

function deliveryOf({ delivery, nextServer, bootFile, serverName }: Explanation): readonly string[] {
  if (delivery === undefined) return [];
  const { how, to, port, source } = delivery;
  return [
    `${how} to ${to} port ${port}, from ${source}`,
    ...(nextServer === undefined ? [] : [`next server ${nextServer}`]),
    ...(bootFile === undefined ? [] : [`boot file ${bootFile}`]),
    ...(serverName === undefined ? [] : [`server name ${serverName}`]),
  ];
}

function originOf(at: string | undefined, overrides: readonly string[]): string {
  const over = overrides.length === 0 ? "" : `, instead of ${overrides.join(", ")}`;
  return at === undefined ? "by the server" : `${at}${over}`;
}

/** An option's octets as its format has them: texts, addresses, numbers; others in hexadecimal. */
function valueText(code: number, hex: string): string {
  const octets = Uint8Array.from(Buffer.from(hex, "hex"));
  const { format } = optionByCode(code);
  const view = new DataView(octets.buffer);
  if (format === "t") return textOrHex(octets);
  if (/^I[Aa]?$/.test(format) && octets.length % 4 === 0)
    return Array.from({ length: octets.length / 4 }, (_, i) => formatIpv4(view.getUint32(4 * i))).join(", ");
  if (/^[lL]$/.test(format) && octets.length === 4) return String(view.getUint32(0));
  if (/^[sS]$/.test(format) && octets.length === 2) return String(view.getUint16(0));
  if (/^[bB]$/.test(format) && octets.length === 1) return String(view.getUint8(0));
  return formatHex(octets, ":");
}
