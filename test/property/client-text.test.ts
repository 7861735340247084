// Text that clients send (names, vendor classes, identifiers, option 82) in all places where people and programs read
// it: every string of one or two octets, and random longer ones. ANYDHCPD_TEXTS=1000000 for more of these.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { escapeOctets, showOctets, textOrHex } from "../../src/base/text.ts";
import { describeLease } from "../../src/control/lease-description.ts";
import { Exchange, receive } from "../../src/engine/exchange.ts";
import { formatLeaseRecord, readLeases } from "../../src/lease/file/leases-file.ts";
import type { LeaseRecord } from "../../src/lease/lease.ts";
import { flushLog, openLog } from "../../src/log.ts";
import { MessageLog } from "../../src/server/log/message-log.ts";
import { ArrivalSlot } from "../../src/wire/arrival.ts";
import { copyClientName } from "../../src/wire/client-name.ts";
import { Query } from "../../src/wire/query.ts";
import { numberedRecord } from "../support/journal.ts";
import { octets } from "../support/lease-clients.ts";
import { buildMessage } from "../support/message-builder.ts";

const RANDOM_TEXTS = Number(process.env["ANYDHCPD_TEXTS"] ?? 5_000);
/** What no terminal, log or file may get: C0, DEL, C1, what changes the direction of text, line and paragraph separators. */
const RAW = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const PIECE = 250;
const STEP = 7;
const TIMEOUT_MS = 180_000 + RANDOM_TEXTS;
const PRINTABLE = /^[ -~]+$/;
/** Parts of longer texts: what does harm somewhere, and every octet. */
const PARTS = [
  ...['"', "\\", "\\x41", "}\n", ";", "#= 1 2 00000000\n", "lease 10.0.0.1 {\n", "$(id)", "../", "a..b", ".", "-"],
  ...["\u202e", "\u2028", "\u2066", "\u200f", "\ufeff", "\u009b31m", "\u001b[2J", "\r\n", "\0", "ü", "客", "\u{1f4fa}"],
].map((text) => [...new TextEncoder().encode(text)]);

/** A small generator: the same texts each time. */
let state = 1;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

function randomText(): Uint8Array {
  const text: number[] = [];
  for (let parts = 1 + random(8); parts > 0; parts--) {
    if (random(2) === 0) text.push(random(256));
    else text.push(...(PARTS[random(PARTS.length)] ?? []));
  }
  return Uint8Array.from(text);
}

function* shortTexts(): Generator<Uint8Array> {
  for (let a = 0; a < 256; a++) yield Uint8Array.of(a);
  for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) yield Uint8Array.of(a, b);
}

/** What goes through more than a function or two. */
function* fewerTexts(): Generator<Uint8Array> {
  let n = 0;
  for (const text of texts()) if (text.length === 1 || n++ % STEP === 0) yield text;
}

function* texts(): Generator<Uint8Array> {
  yield* shortTexts();
  for (let n = 0; n < RANDOM_TEXTS; n++) yield randomText();
}

/** The octets that an escaped text stands for. */
function octetsBehind(text: string): Buffer {
  const parts = text.split(/(\\x[0-9a-f]{2}|\\.)/);
  return Buffer.concat(
    parts.map((part, i) => {
      if (i % 2 === 0) return Buffer.from(part);
      return part.length === 4 ? Buffer.from(part.slice(2), "hex") : Buffer.from(part.slice(1));
    }),
  );
}

it("is escaped without a raw control, never becomes nothing, and comes back octet by octet", () => {
  let count = 0;
  for (const text of texts()) {
    count += 1;
    const [escaped, shown, told] = [escapeOctets(text), showOctets(text), textOrHex(text)];
    const isSafe = PRINTABLE.test(escaped) && PRINTABLE.test(told) && shown !== "" && !RAW.test(shown);
    const isKept = octetsBehind(escaped).equals(text) && octetsBehind(shown).equals(text);
    if (!isSafe || !isKept) expect.fail(`${Buffer.from(text).toString("hex")}: ${escaped} | ${shown} | ${told}`);
  }
  expect(count).toBe(65_792 + RANDOM_TEXTS);
});

function recordOf(text: Uint8Array): LeaseRecord {
  const agentInformation = Uint8Array.from([1, text.length, ...text, 2, text.length, ...text]);
  return numberedRecord(1, { hostName: text, vendorClass: text, clientId: text, agentInformation });
}

/** Texts in pieces of a few hundred: one file, or one reading of a log, for each. */
function* pieces(all: Iterable<Uint8Array>): Generator<readonly Uint8Array[]> {
  let piece: Uint8Array[] = [];
  for (const text of all) {
    piece.push(text);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = [];
  }
  yield piece;
}

it(
  "is printable lines in a lease file and in what is told of a lease, and is read back as it was",
  () => {
    for (const piece of pieces(texts())) {
      const records = piece.map(recordOf);
      const written = records.map(formatLeaseRecord);
      const bytes = octets(written.join(""));
      const read: string[] = [];
      const onError = (_at: number, message: string): void => expect.fail(message);
      readLeases(bytes, 0, bytes.length, (record) => read.push(formatLeaseRecord(record)), onError);
      expect(read).toEqual(written);
      const lines = written.join("").trimEnd().split("\n");
      expect(lines.filter((line) => !PRINTABLE.test(line))).toEqual([]);
      expect(lines.filter((line) => line === "}")).toHaveLength(piece.length);
      expect(records.filter((record) => RAW.test(JSON.stringify(describeLease(record))))).toEqual([]);
    }
  },
  TIMEOUT_MS,
);

/** A name in option 81: as labels, or as text. */
function nameIn(option: readonly number[]): Buffer {
  const query = new Query();
  const bytes = buildMessage({ type: 1, options: [[81, option]] });
  query.decode(bytes, 0, bytes.length);
  const target = Buffer.alloc(255);
  return target.subarray(0, copyClientName(query, target));
}

it(
  "is a name of option 81 only where no label of it is empty",
  () => {
    for (const text of texts()) {
      if (text.length > 63) continue;
      for (const option of [
        [4, 0, 0, 1, 0x61, text.length, ...text, 0],
        [4, 0, 0, text.length, ...text],
        [0, 0, 0, ...text],
      ]) {
        const name = nameIn(option).toString("latin1");
        if (/^\.|\.\.|\.$/.test(name) && name !== "") expect.fail(`${Buffer.from(text).toString("hex")}: ${name}`);
      }
    }
  },
  TIMEOUT_MS,
);

it.each([true, false])(
  "is one printable line of the log a message (for people: %s)",
  (readable) => {
    const folder = mkdtempSync(join(tmpdir(), "anydhcpd-text-"));
    const fd = openSync(join(folder, "log"), "w");
    const log = openLog({ verbose: true, readable, fd });
    let now = 0;
    const messages = new MessageLog(log, { wall: () => 0, monotonic: () => now });
    const exchange = new Exchange();
    let count = 0;
    for (const piece of pieces(fewerTexts())) {
      for (const text of piece) {
        const list = [...text];
        const options = [12, 60, 77].map((code) => [code, list] as const);
        const agentInformation = [1, list.length, ...list, 2, list.length, ...list];
        const bytes = buildMessage({ type: 1, giaddr: "10.0.0.9", options, agentInformation });
        receive(exchange, bytes, 0, bytes.length, new ArrivalSlot());
        messages.query(exchange);
        count += 1;
      }
      messages.flush();
      flushLog();
      now += 60_000;
      messages.readClock();
    }
    closeSync(fd);
    const lines = readFileSync(join(folder, "log"), "utf8").trimEnd().split("\n");
    rmSync(folder, { recursive: true });
    expect(lines).toHaveLength(count);
    expect(lines.filter((line) => !PRINTABLE.test(line))).toEqual([]);
    expect(
      lines.filter((line) => !(readable ? /^[0-9:]{8} DHCPDISCOVER / : /^\{.*"event":"query".*\}$/).test(line)),
    ).toEqual([]);
  },
  TIMEOUT_MS,
);
