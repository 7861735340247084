// `anydhcpctl explain`: what the running daemon would do with a message, and why; or what an address is.

import { formatHex } from "../base/bytes.ts";
import { DaemonError } from "../base/daemon-error.ts";
import { fileFailure } from "../base/errors.ts";
import { formatIpv4, parseIpv4 } from "../base/ipv4.ts";
import { CAPTURE_OCTETS_MAX } from "../base/limits/control.ts";
import { AddressExplanation, Explanation } from "../control/explain-messages.ts";
import { formatAddressExplanation, formatExplanation, UNANSWERED } from "../control/explain-text.ts";
import type { ExplainRequest } from "../control/requests.ts";
import { OptionCode } from "../wire/options/option-code.ts";
import { type CapturedQuery, queriesIn } from "./capture.ts";
import { type Command, FLAG, readArguments } from "./command.ts";
import { ask, CONTROL_OPTION, CONTROL_PATH } from "./control-client.ts";
import { readToEnd } from "./endless-file.ts";
import { readEthernetAddress } from "./hardware-address.ts";
import { declinedAddress, type LoggedMessage, readLogLine } from "./log-line.ts";
import { readClientId, readOptions } from "./option-flag.ts";

const USAGE = `usage: anydhcpctl explain [--type type] [--via interface | --giaddr address [--from address]]
                          [--ciaddr address] [--requested address]
                          [--client-id octets] [--option name=value ...]
                          [--json] [--control socket]
                          hardware-address | log-line
       anydhcpctl explain [--json] [--control socket] address
       anydhcpctl explain [--via interface] [--json] [--control socket] --pcap file

  address        what this address is, who has it, and who would get it
  log-line       a line of the daemon's log about a client's message, in quotes, also
                 as journalctl -o json has it: hardware address, message type and way
                 are taken from it; of a declined address it tells what that is
  --type type    discover (default), request, inform, release or decline
  --via name     the interface that the message comes by
                 (default the first that is served)
  --giaddr address
                 the relay that it comes through
  --from address the address that the relay sends from (default that of --giaddr)
  --ciaddr address
                 the address that the client has, and renews
  --requested address
                 the address that it asks for
  --client-id octets
                 its client identifier (option 61)
  --option name=value
                 an option of the message, by its name or number, with a value as in
                 dhcpd.conf, a text without quotes, or octets as 01:02:03; what the
                 relay says as agent.circuit-id=; may be given several times
  --pcap file    each query in a file of tcpdump or Wireshark
  --json         JSON
  --control path the daemon's control socket
                 (default ${CONTROL_PATH})

The daemon decides as it would about such a message now, and changes nothing.
Exit status: 0 if the client would be answered, or its DHCPRELEASE or DHCPDECLINE be
followed; 1 if not; with --pcap, 0 if all would be.
`;

const OPTIONS = {
  ...CONTROL_OPTION,
  json: FLAG,
  type: { type: "string" },
  via: { type: "string" },
  giaddr: { type: "string" },
  from: { type: "string" },
  ciaddr: { type: "string" },
  requested: { type: "string" },
  "client-id": { type: "string" },
  option: { type: "string", multiple: true },
  pcap: { type: "string" },
} as const;

type Values = ReturnType<typeof readArguments<{ options: typeof OPTIONS }>>["values"];

const TYPES = ["discover", "request", "inform", "release", "decline"] as const;

/** Explains. */
export const EXPLAIN: Command = {
  usage: USAGE,
  run(args) {
    const { values, positionals } = readArguments({ args, allowPositionals: true, options: OPTIONS });
    const { pcap, json, control, via, ...message } = values;
    const told = Object.entries(message).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
    if (pcap !== undefined) {
      refuseMore([...positionals, ...told], "beside --pcap");
      return explainCapture(pcap, values);
    }
    const [word, ...more] = positionals;
    if (word === undefined)
      throw new DaemonError("usage", "name a hardware address, an address, a line of the log, or --pcap FILE");
    if (parseIpv4(word) !== undefined) {
      refuseMore([...more, ...told, ...(via === undefined ? [] : ["--via"])], "beside an address");
      return explainAddress(word, control, json);
    }
    const isAlone = told.length === 0 && via === undefined;
    const declined = isAlone ? declinedAddress(positionals.join(" ")) : undefined;
    if (declined !== undefined) return explainAddress(declined, control, json);
    return explainMessage(requestOf(positionals, values), control, json);
  },
};

function refuseMore([first]: readonly string[], where: string): void {
  if (first !== undefined) throw new DaemonError("usage", `"${first}" has no meaning ${where}`);
}

async function explainMessage(request: ExplainRequest, control: string, json: boolean): Promise<number> {
  const explanation = await ask(control, request, Explanation);
  process.stdout.write(json ? `${JSON.stringify(explanation)}\n` : formatExplanation(explanation));
  return isAnswered(explanation) ? 0 : 1;
}

async function explainAddress(address: string, control: string, json: boolean): Promise<number> {
  const explanation = await ask(control, { command: "explain-address", address }, AddressExplanation);
  process.stdout.write(json ? `${JSON.stringify(explanation)}\n` : formatAddressExplanation(explanation));
  const { newcomer, isDrained } = explanation;
  return newcomer !== undefined && isAnswered({ ...newcomer, isDrained }) ? 0 : 1;
}

/** Whether it is answered, or needs no answer and something is done. */
function isAnswered({ reply, reason, isDrained }: Pick<Explanation, "reply" | "reason" | "isDrained">): boolean {
  return (reply !== "" || UNANSWERED.has(reason)) && isDrained !== true;
}

/** Each query of a capture, in its order. */
async function explainCapture(path: string, { control, json, via }: Values): Promise<number> {
  const { queries, leftOut } = queriesIn(readCapture(path));
  if (queries.length === 0) throw new DaemonError("control", `${path}: it has no DHCP message of a client`);
  let unanswered = 0;
  for (const [number, query] of queries.entries()) {
    const explanation = await ask(control, requestOfQuery(query, via), Explanation);
    if (!isAnswered(explanation)) unanswered += 1;
    const head = `${number === 0 ? "" : "\n"}packet     ${query.packet}, from ${formatIpv4(query.from)} port ${query.port}\n`;
    process.stdout.write(
      json ? `${JSON.stringify({ packet: query.packet, ...explanation })}\n` : head + formatExplanation(explanation),
    );
  }
  if (leftOut > 0) process.stderr.write(`${path}: ${leftOut} more messages of clients are left out\n`);
  return unanswered === 0 ? 0 : 1;
}

function requestOfQuery({ octets, to, from, port }: CapturedQuery, via: string | undefined) {
  return {
    ...({
      command: "explain-query",
      query: formatHex(octets, ":"),
      to: formatIpv4(to),
      from: formatIpv4(from),
    } as const),
    port,
    ...(via !== undefined && { via }),
  };
}

function readCapture(path: string): Uint8Array {
  try {
    return readToEnd(path, (file) => {
      if (file.size > CAPTURE_OCTETS_MAX)
        throw new Error(`it has more than ${CAPTURE_OCTETS_MAX} octets: cut it with editcap or tcpdump -r`);
      if (file.isDirectory()) throw new Error("it is a directory: name a file of tcpdump or Wireshark");
    });
  } catch (error) {
    throw new DaemonError("control", `${path}: ${fileFailure(error)}`, { cause: error });
  }
}

/** The message of a client, of which flags say more than a line of the log does. */
function requestOf(words: readonly string[], values: Values): ExplainRequest {
  const [word = "", ...more] = words;
  const hardware = readEthernetAddress(word);
  const line = hardware === undefined ? readLogLine(words.join(" ")) : undefined;
  if (hardware === undefined && line === undefined)
    throw new DaemonError(
      "usage",
      `"${words.join(" ")}" is no hardware address like 02:00:00:00:00:07, no address, and no line of the log about a message of a client or its reply`,
    );
  if (hardware !== undefined) refuseMore(more, "beside a hardware address");
  const options = readOptions(values.option ?? [], line?.options ?? []);
  if (values["client-id"] !== undefined)
    options.unshift({ code: OptionCode.clientId, value: readClientId(values["client-id"]) });
  const { type = line?.type ?? "discover" } = values;
  return {
    ...{ command: "explain", hardware: hardware ?? line?.hardware ?? "", type: readType(type), options },
    ...wayOf(values, line),
    ...addressOf("ciaddr", values.ciaddr ?? line?.ciaddr),
    ...addressOf("requested", values.requested ?? line?.requested),
  };
}

function wayOf(
  { via, giaddr, from }: Values,
  line: LoggedMessage | undefined,
): Pick<ExplainRequest, "via" | "giaddr" | "from"> {
  if (via !== undefined && giaddr !== undefined)
    throw new DaemonError("usage", "a message comes by an interface (--via) or through a relay (--giaddr), not both");
  if (from !== undefined && (via !== undefined || (giaddr ?? line?.giaddr) === undefined))
    throw new DaemonError("usage", "--from is the address of a relay: name the relay too, with --giaddr");
  if (via !== undefined) return { via };
  const sender = from ?? (giaddr === undefined ? line?.from : undefined);
  return {
    ...(giaddr === undefined && line?.via !== undefined && { via: line.via }),
    ...addressOf("giaddr", giaddr ?? line?.giaddr),
    ...addressOf("from", sender),
  };
}

function readType(text: string): (typeof TYPES)[number] {
  const type = TYPES.find((known) => known === text);
  if (type === undefined) throw new DaemonError("usage", `--type takes ${TYPES.join(", ")}, not "${text}"`);
  return type;
}

function addressOf<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, string>> {
  if (text === undefined) return {};
  if (parseIpv4(text) === undefined) throw new DaemonError("usage", `--${name} takes an address, not "${text}"`);
  return { [name]: text } as Record<Name, string>;
}
