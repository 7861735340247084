// DNS UPDATE messages (RFC 2136) as octets, and as much of an answer as matters to the sender of an update.

import { getUint16, putUint16, putUint32 } from "../../base/bytes.ts";
import { DNS_MESSAGE_OCTETS_MAX, LABEL_OCTETS_MAX } from "../../base/limits/names.ts";

export const Type = { A: 1, SOA: 6, PTR: 12, AAAA: 28, DHCID: 49, TSIG: 250, ANY: 255 } as const;
export const Class = { IN: 1, NONE: 254, ANY: 255 } as const;

/** Answers to an update (RFC 2136 section 2.2, RFC 8945 section 3). */
export const Rcode = {
  ...{ noError: 0, formatError: 1, serverFailure: 2, noSuchName: 3, notImplemented: 4, refused: 5 },
  ...{ nameExists: 6, setExists: 7, noSuchSet: 8, notAuthoritative: 9, notInZone: 10 },
  ...{ badSignature: 16, badKey: 17, badTime: 18 },
} as const;

const OPCODE_UPDATE = 5;
const HEADER_OCTETS = 12;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
/** Type, class, lifetime and length behind a record's name. */
const RECORD_OCTETS = 10;
const QUESTION_OCTETS = 4;
const POINTER = 0xc0;

/** A record of a section; an empty `data` with class ANY or NONE has the meanings of RFC 2136 sections 2.4 and 2.5. */
export interface DnsRecord {
  /** Without the root's dot. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly data: Uint8Array;
}

/** The conditions and changes of an update. */
export interface Update {
  readonly zone: string;
  readonly prerequisites: readonly DnsRecord[];
  readonly changes: readonly DnsRecord[];
}

/** The last record of an answer, where it is a signature. */
export interface AnswerSignature {
  /** Where the record begins: the octets before it are signed. */
  readonly at: number;
  /** Names in lower case, as octets. */
  readonly keyName: Uint8Array;
  readonly algorithm: Uint8Array;
  /** Seconds since 1970. */
  readonly time: number;
  readonly fudge: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  /** With BADTIME the server's time. */
  readonly other: Uint8Array;
}

/** An answer to an update. */
export interface Answer {
  readonly id: number;
  readonly rcode: number;
  readonly isTruncated: boolean;
  readonly signature: AnswerSignature | undefined;
}

/**
 * A name as octets, in lower case and without compression (RFC 4034 section 6.2). The configuration or labelOf has
 * checked the text.
 */
export function nameOctets(name: string): Uint8Array {
  const octets: number[] = [];
  for (const label of name.toLowerCase().split(".")) {
    if (label === "") continue;
    octets.push(Math.min(label.length, LABEL_OCTETS_MAX));
    for (let i = 0; i < label.length && i < LABEL_OCTETS_MAX; i++) octets.push(label.charCodeAt(i) & 0xff);
  }
  octets.push(0);
  return Uint8Array.from(octets);
}

/** A whole message without signature. */
export function encodeUpdate(id: number, { zone, prerequisites, changes }: Update): Uint8Array {
  const records = [...prerequisites, ...changes].map(encodeRecord);
  const question = nameOctets(zone);
  const size = HEADER_OCTETS + question.length + QUESTION_OCTETS + records.reduce((sum, { length }) => sum + length, 0);
  const message = new Uint8Array(size);
  putUint16(message, 0, id);
  putUint16(message, 2, OPCODE_UPDATE << 11);
  putUint16(message, 4, 1);
  putUint16(message, 6, prerequisites.length);
  putUint16(message, 8, changes.length);
  message.set(question, HEADER_OCTETS);
  let at = HEADER_OCTETS + question.length;
  putUint16(message, at, Type.SOA);
  putUint16(message, at + 2, Class.IN);
  at += QUESTION_OCTETS;
  for (const record of records) {
    message.set(record, at);
    at += record.length;
  }
  return message;
}

/** One record as octets. */
export function encodeRecord({ name, type, class: of, ttl, data }: DnsRecord): Uint8Array {
  const owner = nameOctets(name);
  const record = new Uint8Array(owner.length + RECORD_OCTETS + data.length);
  record.set(owner);
  putUint16(record, owner.length, type);
  putUint16(record, owner.length + 2, of);
  putUint32(record, owner.length + 4, ttl);
  putUint16(record, owner.length + 8, data.length);
  record.set(data, owner.length + RECORD_OCTETS);
  return record;
}

/** Reads an answer to an update; undefined if it is none, or damaged. Never throws. */
export function readAnswer(octets: Uint8Array): Answer | undefined {
  if (octets.length < HEADER_OCTETS || octets.length > DNS_MESSAGE_OCTETS_MAX) return undefined;
  const flags = getUint16(octets, 2);
  if ((flags & RESPONSE) === 0 || ((flags >> 11) & 0xf) !== OPCODE_UPDATE) return undefined;
  const answer = { id: getUint16(octets, 0), rcode: flags & 0xf, isTruncated: (flags & TRUNCATED) !== 0 };
  const questions = getUint16(octets, 4);
  const records = getUint16(octets, 6) + getUint16(octets, 8) + getUint16(octets, 10);
  let at = HEADER_OCTETS;
  // Each takes some octets, so that the length bounds the loops.
  for (let i = 0; i < questions; i++) {
    at = endOfName(octets, at) + QUESTION_OCTETS;
    if (at < HEADER_OCTETS || at > octets.length) return undefined;
  }
  let last = -1;
  for (let i = 0; i < records; i++) {
    last = at;
    const owner = endOfName(octets, at);
    if (owner < 0 || owner + RECORD_OCTETS > octets.length) return undefined;
    at = owner + RECORD_OCTETS + getUint16(octets, owner + 8);
    if (at > octets.length) return undefined;
  }
  if (at !== octets.length) return undefined;
  if (last < 0) return { ...answer, signature: undefined };
  const owner = endOfName(octets, last);
  if (getUint16(octets, owner) !== Type.TSIG) return { ...answer, signature: undefined };
  const signature = readSignature(octets, last, owner + RECORD_OCTETS);
  return signature && { ...answer, signature };
}

/** RFC 8945 section 4.2; names in it are not compressed. */
function readSignature(octets: Uint8Array, at: number, dataAt: number): AnswerSignature | undefined {
  const keyName = plainName(octets, at);
  const algorithm = plainName(octets, dataAt);
  if (keyName === undefined || algorithm === undefined) return undefined;
  const timeAt = dataAt + algorithm.length;
  if (timeAt + 10 > octets.length) return undefined;
  const macAt = timeAt + 10;
  const macOctets = getUint16(octets, timeAt + 8);
  const restAt = macAt + macOctets;
  if (restAt + 6 > octets.length) return undefined;
  const otherOctets = getUint16(octets, restAt + 4);
  if (restAt + 6 + otherOctets !== octets.length) return undefined;
  return {
    ...{ at, keyName, algorithm },
    time: timeOf(octets, timeAt),
    fudge: getUint16(octets, timeAt + 6),
    mac: octets.subarray(macAt, restAt),
    originalId: getUint16(octets, restAt),
    error: getUint16(octets, restAt + 2),
    other: octets.subarray(restAt + 6),
  };
}

/** 48 bits. */
export function timeOf(octets: Uint8Array, at: number): number {
  return getUint16(octets, at) * 2 ** 32 + getUint16(octets, at + 2) * 2 ** 16 + getUint16(octets, at + 4);
}

/** A name without compression, in lower case. */
function plainName(octets: Uint8Array, at: number): Uint8Array | undefined {
  const end = endOfName(octets, at);
  if (end < 0) return undefined;
  const name = octets.slice(at, end);
  for (let i = 0; i < name.length; i++) {
    const octet = name[i] ?? 0;
    // Lengths are below the letters.
    if (octet >= 0x41 && octet <= 0x5a) name[i] = octet + 0x20;
  }
  return name.at(-1) === 0 ? name : undefined;
}

/** Where the name at `at` ends: behind its last label, or behind a pointer; -1 if it is none. */
function endOfName(octets: Uint8Array, at: number): number {
  for (let i = at; i < octets.length; ) {
    const length = octets[i] ?? 0;
    if (length === 0) return i + 1;
    if ((length & POINTER) === POINTER) return i + 2 <= octets.length ? i + 2 : -1;
    if (length > LABEL_OCTETS_MAX) return -1;
    i += 1 + length;
  }
  return -1;
}
