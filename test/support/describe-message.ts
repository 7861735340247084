// One readable line about a raw message, query or reply: for the demo, tests and people who look for
// trouble. Never per message on the hot path. The line is printable ASCII for any octets.

import { formatHex, getUint8, getUint16, getUint32 } from "../../src/base/bytes.ts";
import { formatIpv4 } from "../../src/base/ipv4.ts";
import { escapeOctets } from "../../src/base/text.ts";
import {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  CHADDR_OCTETS,
  FILE_OCTETS,
  HEADER_OCTETS,
  MAGIC_COOKIE,
  Offset,
  OVERLOAD_FILE,
  OVERLOAD_SNAME,
  SNAME_OCTETS,
} from "../../src/wire/layout.ts";
import { messageTypeName } from "../../src/wire/message-type.ts";
import { OptionCode, optionByCode } from "../../src/wire/options/option-code.ts";
import { OptionIndex } from "../../src/wire/options/option-index.ts";
import { formatOptionValue } from "./option-text.ts";

const VALUE_CHARACTERS_MAX = 80;

/** Options worth a place in the line, in its order. */
const NOTABLE = [50, 54, 51, 58, 59, 1, 3, 121, 249, 6, 15, 119, 12, 61, 60, 57, 56, 82];

const ADDRESS_FIELDS = [
  ["ciaddr", Offset.ciaddr],
  ["yiaddr", Offset.yiaddr],
  ["siaddr", Offset.siaddr],
  ["giaddr", Offset.giaddr],
] as const;

/** Describes the message that `bytes` is: type, xid, addresses that are set, chaddr and notable options. */
export function describeMessage(bytes: Uint8Array): string {
  if (bytes.length < HEADER_OCTETS) return `no BOOTP message: ${bytes.length} octets`;
  const options = new OptionIndex();
  const hasOptions = bytes.length >= Offset.options && getUint32(bytes, Offset.cookie) === MAGIC_COOKIE;
  const isSound = !hasOptions || options.read(bytes, 0, bytes.length);
  if (!isSound) options.clear();
  const words = [describeType(bytes, options), `xid 0x${formatHex(bytes.subarray(Offset.xid, Offset.secs))}`];
  words.push(...describeHeader(bytes, options));
  for (const code of NOTABLE) {
    const value = options.view(code);
    if (value !== undefined) words.push(`${optionByCode(code).name} ${shorten(formatOptionValue(code, value))}`);
  }
  if (!isSound) words.push("malformed options");
  return words.join(", ");
}

function describeType(bytes: Uint8Array, options: OptionIndex): string {
  if (options.length(OptionCode.messageType) === 1) return messageTypeName(options.byte(OptionCode.messageType, 0));
  const op = getUint8(bytes, Offset.op);
  if (op === BOOTREQUEST) return "BOOTREQUEST";
  return op === BOOTREPLY ? "BOOTREPLY" : `op ${op}`;
}

function describeHeader(bytes: Uint8Array, options: OptionIndex): string[] {
  const words: string[] = [];
  const hops = getUint8(bytes, Offset.hops);
  if (hops !== 0) words.push(`hops ${hops}`);
  if ((getUint16(bytes, Offset.flags) & BROADCAST_FLAG) !== 0) words.push("broadcast flag");
  for (const [name, offset] of ADDRESS_FIELDS) {
    const address = getUint32(bytes, offset);
    if (address !== 0) words.push(`${name} ${formatIpv4(address)}`);
  }
  const hlen = Math.min(getUint8(bytes, Offset.hlen), CHADDR_OCTETS);
  if (hlen > 0) words.push(`chaddr ${formatHex(bytes.subarray(Offset.chaddr, Offset.chaddr + hlen), ":")}`);
  const overload = options.byte(OptionCode.overload, 0);
  if ((overload & OVERLOAD_SNAME) === 0) words.push(...describeName("sname", bytes, Offset.sname, SNAME_OCTETS));
  if ((overload & OVERLOAD_FILE) === 0) words.push(...describeName("file", bytes, Offset.file, FILE_OCTETS));
  return words;
}

function describeName(field: string, bytes: Uint8Array, offset: number, octets: number): string[] {
  const area = bytes.subarray(offset, offset + octets);
  const zero = area.indexOf(0);
  const name = zero < 0 ? area : area.subarray(0, zero);
  return name.length === 0 ? [] : [`${field} "${shorten(escapeOctets(name))}"`];
}

function shorten(text: string): string {
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}...`;
}
