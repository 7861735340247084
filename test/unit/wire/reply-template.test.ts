import fc from "fast-check";
import { expect, test } from "vitest";
import { REPLY_OCTETS_MAX } from "../../../src/base/limits/wire.ts";
import { encodeReply } from "../../../src/wire/encode/encode-reply.ts";
import { MessageType } from "../../../src/wire/message-type.ts";
import { DEFAULT_ORDER } from "../../../src/wire/options/option-code.ts";
import { OptionSet } from "../../../src/wire/options/option-set.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
import { Reply } from "../../../src/wire/reply.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";

const AT = 8;

const entries: readonly (readonly [number, Uint8Array])[] = [
  [3, Uint8Array.of(192, 0, 2, 1)],
  [6, Uint8Array.of(192, 0, 2, 2, 192, 0, 2, 3)],
  [15, Uint8Array.from({ length: 11 }, (_, i) => 97 + i)],
  [61, Uint8Array.of(1, 2, 3)],
  [108, Uint8Array.of(0, 0, 7, 8)],
  [116, Uint8Array.of(0)],
  [121, Uint8Array.of(24, 192, 0, 2, 10, 0, 0, 1)],
];

const octets = (minimum: number, maximum: number) =>
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: minimum, maxLength: maximum });

/** What differs between the queries of clients of one scope, and what the engine may answer. */
const exchanges = fc.record({
  list: fc.constantFrom([1, 3, 6, 15], [1, 3, 6, 15, 51, 54, 58, 59], [121, 3, 1], [61, 3, 108, 1], []),
  clientId: fc.option(octets(1, 200)),
  agentInformation: fc.option(octets(1, 60)),
  hostName: fc.option(fc.constantFrom([97, 98], [97, 0])),
  machineId: fc.boolean(),
  maximum: fc.constantFrom(undefined, [2, 64], [5, 220]),
  type: fc.constantFrom(MessageType.offer, MessageType.ack, MessageType.nak),
  leaseSeconds: fc.constantFrom(-1, 1, 3600, 7201, Number.POSITIVE_INFINITY),
  serverId: fc.constantFrom("192.0.2.1", "192.0.2.9"),
  subnetMask: fc.constantFrom("255.255.255.0", "0.0.0.0"),
  echoClientId: fc.boolean(),
  rapidCommit: fc.boolean(),
  routerIsLease: fc.boolean(),
});

type Exchange = typeof exchanges extends fc.Arbitrary<infer T> ? T : never;

function encode(exchange: Exchange, options: OptionSet): Uint8Array {
  const sent: [number, readonly number[]][] = [];
  if (exchange.list.length > 0) sent.push([55, exchange.list]);
  if (exchange.clientId !== null) sent.push([61, exchange.clientId]);
  if (exchange.hostName !== null) sent.push([12, exchange.hostName]);
  if (exchange.machineId) sent.push([97, [0, 1, 2, 3]]);
  if (exchange.maximum !== undefined) sent.push([57, exchange.maximum]);
  if (exchange.agentInformation !== null)
    sent.push([82, [1, exchange.agentInformation.length, ...exchange.agentInformation]]);
  const parts: MessageParts = { type: 1, giaddr: "203.0.113.1", options: sent };
  const message = buildMessage(parts);
  const query = new Query();
  expect(decodeQuery(message, 0, message.length, query)).toBeUndefined();
  const reply = new Reply();
  reply.messageType = exchange.type;
  reply.yiaddr = ip("192.0.2.77");
  reply.leaseSeconds = exchange.leaseSeconds;
  reply.serverId = ip(exchange.serverId);
  reply.subnetMask = ip(exchange.subnetMask);
  reply.echoClientId = exchange.echoClientId;
  reply.rapidCommit = exchange.rapidCommit;
  reply.routerIsLease = exchange.routerIsLease;
  reply.options = options;
  const target = new Uint8Array(AT + REPLY_OCTETS_MAX);
  return target.slice(AT, AT + encodeReply(query, reply, target, AT));
}

test("a reply is the same octet for octet, whatever replies of its scope were sent before", () => {
  fc.assert(
    fc.property(fc.array(exchanges, { minLength: 1, maxLength: 40 }), (all) => {
      const used = new OptionSet(entries, DEFAULT_ORDER);
      for (const exchange of [...all, ...all, ...all]) {
        expect(encode(exchange, used)).toEqual(encode(exchange, new OptionSet(entries, DEFAULT_ORDER)));
      }
    }),
    { numRuns: 60 },
  );
});
