// Decoding of messages and frames, and all that is read from a decoded one.

import { escapeOctets, isPrintable, showOctets, textOrHex } from "../../../src/base/text.ts";
import { ClientIdentity, readClientIdentity } from "../../../src/wire/client-identity.ts";
import { Frame, parseFrame } from "../../../src/wire/frame.ts";
import { type DecodeFault, decodeQuery, Query } from "../../../src/wire/query.ts";
import { buildFrame, putIpChecksum } from "../../support/frames.ts";
import { KEYS } from "../../support/lease-clients.ts";
import { MESSAGE_SEEDS, MESSAGE_WORDS } from "../messages.ts";
import { check, type Target } from "../target.ts";

const FAULTS: ReadonlySet<DecodeFault | undefined> = new Set([
  undefined,
  ...(["malformed-length", "malformed-op", "malformed-hlen", "malformed-hops", "malformed-cookie"] as const),
  ...(["malformed-options", "malformed-message-type", "truncated"] as const),
]);
/** Octets around the message that nothing may depend on. */
const MARGIN = 16;
const OCTETS_MAX = 1600;

const query = new Query();
const identity = new ClientIdentity();
const frame = new Frame();
const copy = new Uint8Array(8192);
const arena = new Uint8Array(OCTETS_MAX + 2 * MARGIN).fill(0xff);

/** Whether text can be obeyed by a terminal or a log reader. */
function isSafe(text: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

function checkOption(query: Query, code: number, length: number): void {
  const view = query.option(code);
  check(view?.length === length, () => `option ${code} is a view of ${view?.length} octets and has ${length}`);
  check(query.copyOption(code, copy, 0) === length, () => `option ${code} is not copied whole`);
  check(query.isOption(code, copy, length), () => `option ${code} is not what was copied of it`);
  const last = length === 0 ? 0 : (copy[length - 1] ?? 0);
  check(query.optionByte(code, length - 1) === last, () => `option ${code} ends otherwise than its copy`);
  check(query.optionByte(code, length) === 0, () => `option ${code} has an octet behind its end`);
  query.optionUint32(code);
  query.requests(code);
}

function checkNames(): void {
  for (const octets of [
    identity.hostName.subarray(0, identity.hostNameLength),
    identity.vendorClass.subarray(0, identity.vendorClassLength),
  ]) {
    check(isSafe(showOctets(octets)), () => "a name is shown with characters that a terminal obeys");
    check(
      octets.length === 0 || isPrintable(Uint8Array.from(escapeOctets(octets), (c) => c.charCodeAt(0))),
      () => "an escaped name is not printable",
    );
    textOrHex(octets);
  }
  const { hostNameLength: length } = identity;
  check(length === 0 || identity.hostName[length - 1] !== 0, () => "a host name ends in a zero");
}

/** Reads everything that a sound message has to give. */
export function readMessage(message: Query): void {
  for (let code = 0; code < 256; code++) {
    const length = message.optionLength(code);
    if (length >= 0) checkOption(message, code, length);
  }
  for (let code = 0; code < 20; code++) {
    const length = message.relaySubOptionLength(code);
    for (let i = -1; i <= length; i++) message.relaySubOptionByte(code, i);
  }
  const { requestedAddress, serverId, linkSelection, serverIdOverride, subnetSelection } = message;
  for (const number of [requestedAddress, serverId, linkSelection, serverIdOverride, subnetSelection])
    check(number >= 0 && number <= 0xffff_ffff && Number.isInteger(number), () => `${number} is no address`);
  const hasClient = readClientIdentity(message, KEYS, identity);
  check(hasClient === (identity.clientIdLength > 0 || identity.hlen > 0), () => "a client that is none");
  check(Number.isInteger(identity.orderHash), () => "a client without a hash");
  checkNames();
}

export const packetTarget: Target = {
  name: "packet",
  unit: "messages",
  seeds: MESSAGE_SEEDS,
  words: MESSAGE_WORDS,
  octetsMax: OCTETS_MAX,
  run(octets) {
    const fault = decodeQuery(octets, 0, octets.length, query);
    check(FAULTS.has(fault), () => `the fault ${fault} is not one of those that there are`);
    if (fault === undefined) readMessage(query);
    // A message in the middle of an arena, as they are received, is the same message.
    arena.set(octets, MARGIN);
    const there = decodeQuery(arena, MARGIN, octets.length, query);
    check(there === fault, () => `${there} in an arena, ${fault} alone`);
    return 1;
  },
};

/** Octets of an Ethernet header and the shortest IP header. */
const IP_END = 34;

export const frameTarget: Target = {
  name: "frame",
  unit: "frames",
  seeds: [
    buildFrame({ words: 7 }),
    buildFrame({ words: 5 }),
    ...MESSAGE_SEEDS.slice(0, 2).map((message) => buildFrame({ words: 5, payload: message })),
  ],
  words: MESSAGE_WORDS,
  octetsMax: OCTETS_MAX,
  run(octets) {
    // With a right checksum, or hardly anything would get past it.
    if (octets.length >= IP_END && ((octets[14] ?? 0) & 15) === 5) putIpChecksum(octets);
    for (const isWhole of [true, false]) {
      if (parseFrame(octets, 0, octets.length, isWhole, frame) !== undefined) continue;
      const { payloadStart, payloadLength } = frame;
      check(
        payloadLength >= 0 && payloadStart + payloadLength <= octets.length,
        () => "a payload outside of its frame",
      );
      decodeQuery(octets, payloadStart, payloadLength, query);
    }
    return 1;
  },
};
