// What a server did about one message, in words that can be compared between servers: addresses that
// each of them chooses for itself are named by when they first appeared.

import { LAN_ADDRESS, UPLINK_ADDRESS } from "../support/scene.ts";
import type { DhcpFrame } from "../support/wire-tools.ts";

/** One aspect of the answer and what it was; "-" where there is none. */
export type Observation = Readonly<Record<string, string>>;

/** Options that are an aspect of their own. */
const OWN_ASPECTS: ReadonlySet<number> = new Set([51, 54, 58, 59, 61, 82]);

/** Names for the addresses of one scenario: the first one chosen by the server is A. */
export class AddressNames {
  readonly #names = new Map<string, string>();

  /** The name of an address; addresses of the configuration keep their own. */
  of(address: string): string {
    if (!/^(?:192\.168\.77|10\.77\.0)\.1\d\d$/.test(address)) return address;
    const name = this.#names.get(address) ?? String.fromCharCode("A".charCodeAt(0) + this.#names.size);
    this.#names.set(address, name);
    return name;
  }
}

/** What the replies to one message show. */
export function observe(replies: readonly DhcpFrame[], names: AddressNames): Observation {
  const [reply] = replies;
  if (reply === undefined) return { answer: "none" };
  const { message } = reply;
  const text = (code: number): string => message.options[code] ?? "-";
  return {
    answer: replies.map(({ message: { type } }) => (type === "?" ? "BOOTREPLY" : type)).join(", "),
    yiaddr: names.of(message.yiaddr),
    ciaddr: names.of(message.ciaddr),
    siaddr: message.siaddr,
    giaddr: message.giaddr,
    flags: message.flags === 0x8000 ? "broadcast" : message.flags.toString(),
    source: own(reply.source),
    "server identifier": message.serverId === "" ? "-" : own(message.serverId),
    "sent to": destinationOf(reply, names),
    port: String(reply.destinationPort),
    frame: reply.destinationMac === "ff:ff:ff:ff:ff:ff" ? "broadcast" : "unicast",
    "lease time": seconds(text(51)),
    "T1, T2": text(58) === "-" && text(59) === "-" ? "-" : `${seconds(text(58))}, ${seconds(text(59))}`,
    "client identifier": text(61),
    "agent information": text(82),
    options: [...new Set(message.order)]
      .filter((code) => !OWN_ASPECTS.has(code))
      .sort((a, b) => a - b)
      .join(" "),
    "option 82 last": message.order.includes(82) ? String(message.order.at(-1) === 82) : "-",
  };
}

function own(address: string): string {
  if (address === LAN_ADDRESS) return "lan0's address";
  return address === UPLINK_ADDRESS ? "up0's address" : address;
}

function destinationOf({ destination, message }: DhcpFrame, names: AddressNames): string {
  if (destination === "255.255.255.255") return destination;
  if (destination === message.giaddr) return "giaddr";
  if (destination === message.ciaddr) return "ciaddr";
  return destination === message.yiaddr ? "yiaddr" : names.of(destination);
}

/** A time as configured or asked for, though some of it may have passed since the lease began. */
function seconds(hex: string): string {
  return hex === "-" ? "-" : String(Math.ceil(Number.parseInt(hex, 16) / 10) * 10);
}
