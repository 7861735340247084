// The codec against anything: no octets make it throw, read outside a message, or write outside a reply.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MESSAGE_OCTETS_MIN,
  OPTION_OCTETS_MAX,
  REPLY_OCTETS_MAX,
  REPLY_OCTETS_MIN_MAX,
} from "../../src/base/limits/wire.ts";
import { ClientIdentity, readClientIdentity } from "../../src/wire/client-identity.ts";
import { encodeReply } from "../../src/wire/encode/encode-reply.ts";
import { MessageType } from "../../src/wire/message-type.ts";
import { encodeDomainSearch } from "../../src/wire/options/domain-search.ts";
import { DEFAULT_ORDER, optionByCode } from "../../src/wire/options/option-code.ts";
import { OptionSet } from "../../src/wire/options/option-set.ts";
import { decodeQuery, Query } from "../../src/wire/query.ts";
import { Reply } from "../../src/wire/reply.ts";
import { decodeMessage } from "../support/decode-message.ts";
import { decodeDomainSearch } from "../support/decoded-names.ts";
import { describeMessage } from "../support/describe-message.ts";
import { buildMessage } from "../support/message-builder.ts";
import { formatOptionValue } from "../support/option-text.ts";

const KEYS = { table: new Uint8Array(16).fill(3), order: new Uint8Array(16) };
const COOKIE = [99, 130, 83, 99];
const GUARD = 0xa5;

const query = new Query();
const identity = new ClientIdentity();
const target = new Uint8Array(REPLY_OCTETS_MAX + 200);

const octets = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const code = fc.integer({ min: 1, max: 254 });
const piece = fc.tuple(fc.oneof(code, fc.constantFrom(12, 50, 52, 55, 57, 61, 82, 121)), octets(255));

/** A header that passes, then a cookie and whatever the options field holds; file and sname anything. */
const dhcpMessage = fc
  .record({
    fields: fc.uint8Array({ minLength: 232, maxLength: 232 }),
    hlen: fc.integer({ min: 0, max: 16 }),
    isRelayed: fc.boolean(),
    overload: fc.integer({ min: 0, max: 3 }),
    options: fc.oneof(
      octets(700),
      fc.array(piece, { maxLength: 30 }).map((pieces) => {
        return Uint8Array.from(pieces.flatMap(([c, value]) => [c, value.length, ...value]));
      }),
    ),
  })
  .map(({ fields, hlen, isRelayed, overload, options }) => {
    const head = [1, 1, hlen, 0, ...fields];
    if (!isRelayed) head.fill(0, 24, 28);
    const first = overload === 0 ? [53, 1, 1] : [53, 1, 1, 52, 1, overload];
    return Uint8Array.from([...head, ...COOKIE, ...first, ...options]);
  });

/** Reads everything a query has to give; what it returns is of no interest. */
function readAll(): void {
  for (let c = 0; c < 256; c++) {
    const length = query.optionLength(c);
    const view = query.option(c);
    expect(view?.length ?? -1).toBe(length);
    if (view === undefined) continue;
    const copy = new Uint8Array(length);
    expect(query.copyOption(c, copy, 0)).toBe(length);
    expect(copy).toEqual(view);
    expect([query.optionByte(c, length - 1), query.optionByte(c, length)]).toEqual([view.at(-1) ?? 0, 0]);
    formatOptionValue(c, view);
  }
  const numbers = [query.requestedAddress, query.serverId, query.linkSelection, query.serverIdOverride, query.xid];
  for (const number of [...numbers, query.ciaddr, query.giaddr]) {
    expect(number >= 0 && number <= 0xffffffff && Number.isInteger(number)).toBe(true);
  }
  readClientIdentity(query, KEYS, identity);
}

describe("decodeQuery", () => {
  it("takes any octets whatever without throwing", () => {
    fc.assert(
      fc.property(octets(1000), fc.integer({ min: 0, max: 50 }), (bytes, start) => {
        if (decodeQuery(bytes, start, Math.max(0, bytes.length - start), query) === undefined) readAll();
        describeMessage(bytes);
      }),
    );
  });

  it("takes any DHCP message whatever without throwing", () => {
    let sound = 0;
    fc.assert(
      fc.property(dhcpMessage, (bytes) => {
        const isSound = decodeQuery(bytes, 0, bytes.length, query) === undefined;
        if (isSound) readAll();
        if (isSound) sound += 1;
        expect(/^[ -~]*$/.test(describeMessage(bytes))).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(sound).toBeGreaterThan(20);
  });

  it("never depends on what lies around the message", () => {
    fc.assert(
      fc.property(dhcpMessage, fc.integer({ min: 1, max: 60 }), fc.integer(), (bytes, before, seed) => {
        const alone = decodeQuery(bytes, 0, bytes.length, query);
        const lengths = Array.from({ length: 256 }, (_, c) => query.optionLength(c));
        const arena = new Uint8Array(bytes.length + 2 * before).fill(seed);
        arena.set(bytes, before);
        expect(decodeQuery(arena, before, bytes.length, query)).toBe(alone);
        if (alone === undefined) expect(lengths).toEqual(Array.from(lengths, (_, c) => query.optionLength(c)));
      }),
      { numRuns: 300 },
    );
  });

  it("never turns a cut DHCP message into a BOOTP one, nor reads past the cut", () => {
    const whole = buildMessage({
      type: 3,
      giaddr: "203.0.113.1",
      clientId: [1, 2, 0, 0, 0, 0, 1],
      requested: "192.0.2.7",
      requestList: [1, 3, 6, 121],
      agentInformation: [1, 3, 7, 8, 9, 5, 4, 192, 0, 2, 0],
      options: [
        [12, Array(60).fill(0x61)],
        [60, Array(40).fill(0x62)],
      ],
    });
    const typeLast = Uint8Array.from([...whole.subarray(0, 240), 61, 3, 1, 2, 3, 12, 2, 1, 2, 53, 1, 3, 255]);
    for (const bytes of [whole, typeLast]) {
      for (let length = 0; length < bytes.length; length++) {
        const arena = new Uint8Array(bytes.length).fill(0xff);
        arena.set(bytes.subarray(0, length));
        const fault = decodeQuery(arena, 0, length, query);
        if (fault !== undefined) continue;
        expect(query.messageType).toBe(MessageType.request);
        for (let c = 0; c < 256; c++) {
          const view = query.option(c);
          if (view !== undefined && view.buffer === arena.buffer) {
            expect(view.byteOffset + view.length).toBeLessThanOrEqual(length);
          }
        }
      }
    }
  });

  it("survives single changed octets in a good message", () => {
    const good = buildMessage({ type: 1, clientId: [1, 2, 3], giaddr: "10.0.0.1", agentInformation: [1, 1, 7] });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length - 1), fc.nat(255), (i, a, j, b) => {
        const bytes = good.slice();
        bytes[i] = a;
        bytes[j] = b;
        if (decodeQuery(bytes, 0, bytes.length, query) === undefined) readAll();
      }),
      { numRuns: 1000 },
    );
  });
});

const reply = fc.record({
  messageType: fc.constantFrom(MessageType.offer, MessageType.ack, MessageType.nak, MessageType.bootp),
  yiaddr: fc.nat(0xffffffff),
  serverId: fc.nat(0xffffffff),
  leaseSeconds: fc.oneof(fc.nat(0xffffffff), fc.constantFrom(-1, Number.POSITIVE_INFINITY)),
  subnetMask: fc.nat(0xffffffff),
  routerIsLease: fc.boolean(),
  echoClientId: fc.boolean(),
  hostName: octets(70),
  message: octets(300),
  fileName: fc.oneof(octets(0), octets(130)),
  serverName: fc.oneof(octets(0), octets(70)),
  options: fc
    .array(fc.tuple(code, fc.oneof({ weight: 5, arbitrary: octets(60) }, octets(700))), { maxLength: 25 })
    .map((entries) => new OptionSet(entries, DEFAULT_ORDER)),
});

const asking = fc.record({
  type: fc.constantFrom(0, 1, 3, 8),
  withoutCookie: fc.boolean(),
  giaddr: fc.constantFrom("0.0.0.0", "203.0.113.1"),
  maxSize: fc.option(fc.nat(65_535), { nil: undefined }),
  clientId: octets(80),
  requestList: octets(40),
  agentInformation: fc.array(fc.tuple(fc.nat(255), octets(80)), { maxLength: 3 }),
  hostName: octets(20),
});

describe("encodeReply", () => {
  it("gives back what was put in, within the limit and its own octets", () => {
    fc.assert(
      fc.property(asking, reply, fc.integer({ min: 0, max: 200 }), (parts, content, at) => {
        const information = parts.agentInformation.flatMap(([c, value]) => [c, value.length, ...value]).slice(0, 255);
        const isWhole = information.length === parts.agentInformation.reduce((sum, [, v]) => sum + v.length + 2, 0);
        const { maxSize } = parts;
        const octetsIn = buildMessage({
          type: parts.type,
          withoutCookie: parts.withoutCookie && parts.type === 0,
          giaddr: parts.giaddr,
          clientId: [...parts.clientId],
          requestList: [...parts.requestList],
          agentInformation: isWhole ? information : [],
          options: [
            [12, [...parts.hostName]] as const,
            ...(maxSize === undefined ? [] : [[57, [maxSize >>> 8, maxSize & 255]] as const]),
          ],
        });
        expect(decodeQuery(octetsIn, 0, octetsIn.length, query)).toBeUndefined();
        target.fill(GUARD);
        const length = encodeReply(query, Object.assign(new Reply(), content), target, at);
        expect(target.subarray(0, at).every((octet) => octet === GUARD)).toBe(true);
        expect(target.subarray(at + Math.max(length, REPLY_OCTETS_MAX)).every((octet) => octet === GUARD)).toBe(true);
        check(target.subarray(at, at + length), content, query);
      }),
      { numRuns: 500 },
    );
  });

  it("says the same twice, whatever the arena and the reply before held", () => {
    fc.assert(
      fc.property(reply, reply, (content, other) => {
        const octetsIn = buildMessage({ type: 3, clientId: [1, 2, 3], requestList: [1, 3, 121] });
        decodeQuery(octetsIn, 0, octetsIn.length, query);
        const first = encodeReply(query, Object.assign(new Reply(), content), target.fill(0), 0);
        const expected = target.slice(0, first);
        encodeReply(query, Object.assign(new Reply(), other), target.fill(GUARD), 0);
        const second = encodeReply(query, Object.assign(new Reply(), content), target, 0);
        expect(target.subarray(0, second)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

/** What must hold for every reply. decodeMessage throws unless every field is closed and clean. */
function check(bytes: Uint8Array, content: Partial<Reply>, asked: Query): void {
  const message = decodeMessage(bytes);
  const { options } = message;
  expect(bytes.length).toBeGreaterThanOrEqual(MESSAGE_OCTETS_MIN);
  expect(bytes.length).toBeLessThanOrEqual(limitOf(content, asked));
  expect(options.has(50) || options.has(55)).toBe(false);
  const isBootp = content.messageType === MessageType.bootp;
  expect(options.get(53)).toEqual(isBootp ? undefined : [content.messageType]);
  const information = asked.option(82);
  if (information !== undefined && information.length > 0) {
    expect(options.get(82)).toEqual([...information]);
    expect(message.order.filter((c) => c === 82).length).toBeLessThanOrEqual(2);
  } else expect(options.has(82)).toBe(false);
  for (const [c, value] of options) {
    const configured = content.options?.get(c);
    const isComputed = [51, 52, 53, 54, 56, 58, 59, 61, 82].includes(c);
    if (configured !== undefined && !isComputed) expect(value).toEqual([...configured]);
    else expect(isComputed || [1, 3, 12].includes(c)).toBe(true);
    if (isBootp) expect([51, 52, 53, 54, 56, 58, 59]).not.toContain(c);
  }
  // Routes that were asked for come in place of static routes; in place of routers where they have a default route.
  const routes = [121, 249].filter((c) => options.has(c) && asked.requests(c));
  if (routes.length > 0) expect(options.has(33)).toBe(false);
  if (routes.some((c) => content.options?.hasDefaultRoute(c))) expect(options.has(3)).toBe(false);
}

function limitOf(content: Partial<Reply>, asked: Query): number {
  const sizeOf = (value: ArrayLike<number> | undefined): number =>
    value?.length === 2 ? (value[0] ?? 0) * 256 + (value[1] ?? 0) : -1;
  const isBootp = content.messageType === MessageType.bootp;
  const size = sizeOf(asked.option(57));
  if (size < 0 && isBootp)
    return MESSAGE_OCTETS_MIN + (asked.giaddr === 0 ? 0 : Math.max(asked.optionLength(82), -2) + 2);
  const configured = sizeOf(content.options?.get(57));
  const allowed = Math.max(size >= 0 ? size : configured, 576) - 28;
  expect(allowed).toBeGreaterThanOrEqual(REPLY_OCTETS_MIN_MAX);
  return Math.min(allowed, REPLY_OCTETS_MAX);
}

describe("option values", () => {
  it("of any octets print as printable ASCII", () => {
    fc.assert(
      fc.property(fc.nat(255), octets(60), (c, value) => {
        expect(/^[ -~]*$/.test(formatOptionValue(c, value))).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(optionByCode(119).format).toBe("D");
  });

  it("of domain names come back from their encoding", () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,10}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 40 }), (names) => {
        const encoded = encodeDomainSearch(names);
        expect(typeof encoded).not.toBe("string");
        if (typeof encoded !== "string") expect(decodeDomainSearch(encoded)).toEqual(names);
      }),
    );
  });

  it("of any octets decode as domain names or not, in bounded time", () => {
    fc.assert(
      fc.property(octets(400), (value) => {
        const names = decodeDomainSearch(value);
        if (names !== undefined) expect(names.length).toBeLessThanOrEqual(value.length);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("joined options", () => {
  it("equal the pieces put together", () => {
    const pieces = fc.array(fc.tuple(fc.constantFrom(43, 61, 77), octets(120)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(pieces, (parts) => {
        const options = parts.map(([c, value]) => [c, [...value]] as const);
        const bytes = buildMessage({ type: 1, options });
        expect(decodeQuery(bytes, 0, bytes.length, query)).toBeUndefined();
        for (const c of [43, 61, 77]) {
          const expected = parts.filter(([other]) => other === c).flatMap(([, value]) => [...value]);
          expect(expected.length).toBeLessThanOrEqual(OPTION_OCTETS_MAX);
          expect([...(query.option(c) ?? [])]).toEqual(expected);
        }
      }),
    );
  });
});
