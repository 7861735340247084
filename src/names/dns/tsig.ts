// Signatures of DNS messages with a shared secret (TSIG, RFC 8945).

import { createHmac, timingSafeEqual } from "node:crypto";
import { equalBytes, putUint16 } from "../../base/bytes.ts";
import { TSIG_FUDGE_SECONDS } from "../../base/limits/names.ts";
import type { EpochSeconds } from "../../base/time.ts";
import type { DnsKey } from "../../config/model/dns.ts";
import { type Answer, Class, encodeRecord, nameOctets, Type } from "./message.ts";

/** Where a header counts its additional records. */
const ADDITIONAL_AT = 10;

/** A message as it is sent, with the code that its answer is checked by. */
export interface Signed {
  readonly octets: Uint8Array;
  readonly mac: Uint8Array;
}

/** Signs a message at a time (seconds since 1970). */
export function sign(message: Uint8Array, key: DnsKey, now: EpochSeconds): Signed {
  const time = timeOctets(now, TSIG_FUDGE_SECONDS);
  const mac = macOf(key, [message, variables(key, time, 0, new Uint8Array(0))]);
  const id = message.subarray(0, 2);
  const data = join([nameOctets(wireAlgorithm(key)), time, uint16(mac.length), mac, id, uint16(0), uint16(0)]);
  const record = encodeRecord({ name: key.name, type: Type.TSIG, class: Class.ANY, ttl: 0, data });
  const octets = join([message, record]);
  putUint16(octets, ADDITIONAL_AT, 1);
  return { octets, mac };
}

/** Whether an answer was signed with the key, for the request that had `mac`, about now. */
export function isSignedAnswer(
  octets: Uint8Array,
  { signature }: Answer,
  key: DnsKey,
  mac: Uint8Array,
  now: EpochSeconds,
): boolean {
  if (signature === undefined) return false;
  const { at, time, fudge, error, other, originalId } = signature;
  if (!equalBytes(signature.keyName, nameOctets(key.name))) return false;
  if (!equalBytes(signature.algorithm, nameOctets(wireAlgorithm(key)))) return false;
  const signed = octets.slice(0, at);
  // As it was before the record was added, with the number that it had then.
  putUint16(signed, 0, originalId);
  putUint16(signed, ADDITIONAL_AT, ((signed[ADDITIONAL_AT] ?? 0) << 8) + (signed[ADDITIONAL_AT + 1] ?? 0) - 1);
  const parts = [uint16(mac.length), mac, signed, variables(key, timeOctets(time, fudge), error, other)];
  const expected = macOf(key, parts);
  if (expected.length !== signature.mac.length || !timingSafeEqual(expected, signature.mac)) return false;
  return Math.abs(now - time) <= fudge;
}

/** The octets that are signed beside the message (RFC 8945 section 4.3.3). */
function variables(key: DnsKey, time: Uint8Array, error: number, other: Uint8Array): Uint8Array {
  const klass = join([uint16(Class.ANY), new Uint8Array(4)]);
  const algorithm = nameOctets(wireAlgorithm(key));
  return join([nameOctets(key.name), klass, algorithm, time, uint16(error), uint16(other.length), other]);
}

/** MD5 has a longer name than the others. */
function wireAlgorithm({ algorithm }: DnsKey): string {
  return algorithm === "hmac-md5" ? "hmac-md5.sig-alg.reg.int" : algorithm;
}

function macOf({ algorithm, secret }: DnsKey, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac(algorithm.replace("hmac-", ""), secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

function timeOctets(now: EpochSeconds, fudge: number): Uint8Array {
  const octets = new Uint8Array(8);
  const seconds = Math.floor(now);
  putUint16(octets, 0, Math.floor(seconds / 2 ** 32));
  putUint16(octets, 2, Math.floor(seconds / 2 ** 16) & 0xffff);
  putUint16(octets, 4, seconds & 0xffff);
  putUint16(octets, 6, fudge);
  return octets;
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
