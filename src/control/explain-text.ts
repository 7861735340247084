// The text that `anydhcpctl explain` and the status page write for people.

import { formatHex } from "../base/bytes.ts";
import { formatIpv4 } from "../base/ipv4.ts";
import { textOrHex } from "../base/text.ts";
import { optionByCode } from "../wire/options/option-code.ts";
import type { AddressExplanation, Explanation } from "./explain-messages.ts";
import type { Lease } from "./messages.ts";

const LABEL_WIDTH = 11;
const NAME_WIDTH = 28;

/** Assumptions that have a flag of their own: their name for people, and the flag. */
const FLAGS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["dhcp-client-identifier", ["client identifier", "--client-id"]],
  ["interface", ["interface", "--via"]],
]);

/** The effects of messages that need no answer. */
export const UNANSWERED: ReadonlyMap<string, string> = new Map([
  ["released", "the lease ends; the message needs no answer"],
  ["declined", "the address is abandoned for ten minutes at least; the message needs no answer"],
]);

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

/** What would come of a message. */
export function formatExplanation(explanation: Explanation): string {
  const { message, receivedAt, listener, link, linkBecause, subnet, host, classes, pools, options, log, settings } =
    explanation;
  const heard = [
    line("message", `${message === "" ? "malformed" : message}, sent to ${receivedAt}`),
    line("listener", listener === "" ? "none listens there: the server does not hear it" : listener),
  ];
  if (message === "")
    return `${[...drainedLines(explanation), ...heard, line("result", resultOf(explanation))].join("\n")}\n`;
  return `${[
    ...drainedLines(explanation),
    ...assumedLines(explanation),
    ...heard,
    line("link", link === "" ? `none: ${linkBecause}, and no subnet has that` : `${link}: ${linkBecause}`),
    ...(subnet === undefined ? [] : [line("subnet", `${subnet.name} (${subnet.at})`)]),
    line("host", host === undefined ? "none is declared for it here" : `${host.name} (${host.at})`),
    line("classes", classes.length === 0 ? "none" : classes.join(", ")),
    ...pools.map(({ ranges, at, isPermitted, free, because }) =>
      line(
        "pool",
        `${ranges.join(", ")} (${at}): ${isPermitted ? "permitted" : "not permitted"}${free === 0 ? "" : `, ${free} free`}; ${because}`,
      ),
    ),
    ...requestedLines(explanation),
    line("result", resultOf(explanation)),
    ...deliveryOf(explanation).map((text) => line("", text)),
    ...setLines(explanation),
    ...options.map(({ name, code, value, at, overrides }) =>
      line("option", `${name.padEnd(NAME_WIDTH)} ${valueText(code, value)}  ${originOf(at, overrides)}`),
    ),
    ...settings.map(({ name, at, overrides }) =>
      line("statement", `${name.padEnd(NAME_WIDTH)} ${originOf(at, overrides)}`),
    ),
    ...log.map((text) => line("log", text)),
  ].join("\n")}\n`;
}

function drainedLines({ isDrained }: Pick<Explanation, "isDrained">): readonly string[] {
  if (isDrained !== true) return [];
  return ["the server is drained: nothing is answered now; anydhcpctl undrain ends it"];
}

function assumedLines({ assumed = [] }: Explanation): readonly string[] {
  return assumed.map(({ name, value, because }) => {
    const [what, flag] = FLAGS.get(name) ?? [name, `--option ${name}=`];
    return line("assumed", `${what} ${value}: ${because}; ${flag} names another`);
  });
}

function resultOf({ reply, reason, address, leaseSeconds, isChecked }: Explanation): string {
  const unanswered = UNANSWERED.get(reason);
  if (unanswered !== undefined) return `${unanswered} (${reason})`;
  if (reply === "") return `no answer (${reason})`;
  const what = address === undefined ? "" : ` of ${address}`;
  const time = leaseSeconds === undefined ? "" : ` for ${leaseSeconds} seconds`;
  return `${reply}${what}${time} (${reason})${isChecked ? ", if nobody answers a check of the address" : ""}`;
}

/** Why it is not the address that the client asks for. */
function requestedLines({ requested }: Pick<Explanation, "requested">): readonly string[] {
  return requested === undefined ? [] : [line("requested", `${requested.address}: ${requested.because}`)];
}

/** The firewall sets; if the configuration has some, the text also says that the address is in none. */
function setLines({ firewallSets }: { readonly firewallSets?: readonly string[] | undefined }): readonly string[] {
  if (firewallSets === undefined) return [];
  return [line("sets", firewallSets.length === 0 ? "none" : firewallSets.join(", "))];
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

/** What an address is. */
export function formatAddressExplanation(explanation: AddressExplanation): string {
  const { address, subnet, hosts, pool, withheld, lease, abandonedBecause, inUse, client, newcomer } = explanation;
  return `${[
    ...drainedLines(explanation),
    line("address", address),
    line("subnet", subnet === undefined ? "none has it" : `${subnet.name} (${subnet.at})`),
    ...(pool === undefined ? [] : [line("pool", poolText(pool))]),
    ...hosts.map(({ name, at }) => line("host", `${name} (${at}): only this host gets it`)),
    ...(withheld === undefined ? [] : [line("given", `to no client: ${withheld}`)]),
    ...leaseLines(lease),
    ...(abandonedBecause === undefined ? [] : [line("because", abandonedBecause)]),
    ...restLines(address, lease),
    ...useLines(address, inUse),
    ...setLines(explanation),
    ...(client === undefined ? [] : [line("its client", `would get ${resultOf(client)}`)]),
    ...(newcomer === undefined ? [] : [line("others", `that ask for it would get ${resultOf(newcomer)}`)]),
    ...(newcomer === undefined ? [] : requestedLines(newcomer)),
  ].join("\n")}\n`;
}

function poolText({ ranges, at, permits }: NonNullable<AddressExplanation["pool"]>): string {
  return [`${ranges.join(", ")} (${at})`, ...permits.map((permit) => `${permit.name} (${permit.at})`)].join("; ");
}

/** What keeps an abandoned address from clients, and what ends that. */
function restLines(address: string, lease: Lease | undefined): readonly string[] {
  if (lease?.state !== "abandoned") return [];
  if (Date.parse(lease.ends) <= Date.now()) return [line("given", "again, when no other address is left")];
  return [line("given", `to no client until ${lease.ends}; to end that now: anydhcpctl forgive ${address}`)];
}

/** The same for a free address at which a host answers. */
function useLines(address: string, inUse: AddressExplanation["inUse"]): readonly string[] {
  if (inUse === undefined) return [];
  const { since, until } = inUse;
  return [
    line(
      "in use",
      `by a host without a lease, which answers a ping or ARP${since === undefined ? "" : ` since ${since}`}`,
    ),
    line(
      "given",
      `to no new client until ${until}, then checked again; to end that now: anydhcpctl forgive ${address}`,
    ),
  ];
}

function leaseLines(lease: Lease | undefined): readonly string[] {
  if (lease === undefined) return [line("lease", "none is known")];
  const { state, starts, ends, hardware, clientId, host, hostName, interface: via } = lease;
  const name = [host, hostName].find((text) => text !== undefined && text !== "");
  const who = [hardware, name === undefined ? "" : `(${name})`].filter((text) => text !== "").join(" ");
  const where = via === undefined ? "" : ` via ${via}`;
  const until = ends === "never" ? "without end" : `until ${ends}`;
  const identifier = clientId === "" ? "" : `, client identifier ${clientId}`;
  if (state === "released" && who === "")
    return [line("lease", `none is known; it was abandoned until ${ends}, and has been forgiven`)];
  switch (state) {
    case "abandoned":
      return [line("lease", `abandoned since ${starts}, ${until}`)];
    case "offered":
      return [line("lease", `offered at ${starts} to ${who}${where}, and not taken yet`)];
    default:
      return [line("lease", `${state}, ${who}${where}${identifier}, since ${starts}, ${until}`)];
  }
}
