// Which options a reply has: the request list as a filter, what is demanded first, what finds no room, T1 and T2, and
// boot files with long names.

import { describe, expect, it } from "vitest";
import { REPLY_OCTETS_MAX } from "../../../src/base/limits/wire.ts";
import { encodeReply } from "../../../src/wire/encode/encode-reply.ts";
import { countLeftOut, optionsLeftOut } from "../../../src/wire/encode/reply-option-values.ts";
import { MessageType } from "../../../src/wire/message-type.ts";
import { DEFAULT_ORDER } from "../../../src/wire/options/option-code.ts";
import { OptionSet, type Sending } from "../../../src/wire/options/option-set.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
import { Reply } from "../../../src/wire/reply.ts";
import { type DecodedMessage, decodeMessage, numberOption } from "../../support/decode-message.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";

type Entry = readonly [number, readonly number[]];

const run = (length: number): number[] => Array.from({ length }, (_, i) => (i % 200) + 1);
const four = (number: number): number[] => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];

interface Told {
  readonly message: DecodedMessage;
  readonly leftOut: readonly number[];
}

/** An ACK, encoded until it is a copy of a template; the same each time. */
function tell(
  parts: Partial<MessageParts>,
  entries: readonly Entry[],
  sending: Partial<Sending> = {},
  fill: (reply: Reply) => void = () => undefined,
): Told {
  const query = new Query();
  const octets = buildMessage({ type: 3, ...parts });
  expect(decodeQuery(octets, 0, octets.length, query)).toBeUndefined();
  const reply = new Reply();
  reply.messageType = MessageType.ack;
  reply.serverId = ip("192.0.2.1");
  reply.yiaddr = ip("192.0.2.77");
  reply.subnetMask = ip("255.255.255.0");
  reply.leaseSeconds = 3600;
  reply.options = new OptionSet(
    entries.map(([code, value]) => [code, Uint8Array.from(value)] as const),
    DEFAULT_ORDER,
    { requestedOnly: false, always: [], ...sending },
  );
  fill(reply);
  const times = [1, 2, 3].map(() => {
    const target = new Uint8Array(REPLY_OCTETS_MAX);
    const length = encodeReply(query, reply, target, 0);
    expect(countLeftOut()).toBe(optionsLeftOut().length);
    return { octets: target.slice(0, length), leftOut: optionsLeftOut() };
  });
  const [first] = times;
  for (const time of times) expect(time).toEqual(first);
  return { message: decodeMessage(first?.octets ?? new Uint8Array(0)), leftOut: first?.leftOut ?? [] };
}

const SET: readonly Entry[] = [
  [3, [192, 0, 2, 1]],
  [6, [192, 0, 2, 53]],
  [28, [192, 0, 2, 255]],
  [46, [8]],
];

describe("requested-options-only", () => {
  const only = { requestedOnly: true };

  it("sends what the client asks for, the mask and the lease's times, and nothing else [C7]", () => {
    expect(tell({ requestList: [6, 3] }, SET, only).message.order).toEqual([53, 54, 51, 6, 1, 3, 58, 59]);
    expect(tell({ requestList: [46] }, SET, only).message.order).toEqual([53, 54, 51, 46, 58, 59, 1]);
    expect(tell({ requestList: [] }, SET, only).message.order).toEqual([53, 54, 51, 58, 59, 1]);
  });

  it("sends everything to a client without a list, as without the statement [C7]", () => {
    const everything = tell({}, SET).message.order;
    expect(everything).toContain(46);
    expect(tell({}, SET, only).message.order).toEqual(everything);
    expect(tell({ requestList: [3] }, SET).message.order).toEqual([53, 54, 51, 1, 3, 58, 59, 6, 28, 46]);
  });

  it("sends what is always to be sent besides [C7]", () => {
    const { order } = tell({ requestList: [3] }, SET, { requestedOnly: true, always: [46, 66] }).message;
    expect(order).toEqual([53, 54, 51, 1, 3, 58, 59, 46]);
  });

  it("goes by the configured list where there is one [C7]", () => {
    expect(tell({ requestList: [46] }, [...SET, [55, [28]]], only).message.order).toEqual([53, 54, 51, 28, 58, 59, 1]);
    expect(tell({}, [...SET, [55, [28]]], only).message.order).toEqual([53, 54, 51, 28, 58, 59, 1]);
  });

  it("returns the client's own options all the same, and no mask to a DHCPINFORM [C7]", () => {
    const parts: Partial<MessageParts> = {
      requestList: [6],
      clientId: [1, 2, 3],
      options: [[97, [0, ...run(16)]]],
      giaddr: "192.0.2.1",
      agentInformation: [1, 1, 7],
    };
    expect(tell(parts, SET, only).message.order).toEqual([53, 54, 51, 6, 61, 97, 58, 59, 1, 82]);
    const inform = tell({ type: 8, requestList: [6] }, SET, only, (reply) => {
      reply.yiaddr = 0;
      reply.leaseSeconds = -1;
    });
    expect(inform.message.order).toEqual([53, 54, 6]);
  });
});

describe("a reply that does not hold everything", () => {
  it("returns a client identifier of 255 octets before what is configured [R13]", () => {
    const { message, leftOut } = tell({ clientId: run(255) }, [
      [15, run(120)],
      [40, run(120)],
    ]);
    expect(message.options.get(61)).toHaveLength(255);
    expect(leftOut).toEqual([40]);
  });

  it("tells which options were left out, and of the next reply that none was [R8]", () => {
    const long: Entry[] = [15, 40, 47, 64].map((code) => [code, run(250)]);
    expect(tell({}, long).leftOut).toEqual([40, 47, 64]);
    expect(tell({}, SET).leftOut).toEqual([]);
  });
});

describe("T1 and T2", () => {
  const times = (leaseSeconds: number, renewal?: number, rebinding?: number): number[] => {
    const entries: Entry[] = [];
    if (renewal !== undefined) entries.push([58, four(renewal)]);
    if (rebinding !== undefined) entries.push([59, four(rebinding)]);
    const { message } = tell({}, entries, {}, (reply) => {
      reply.leaseSeconds = leaseSeconds;
    });
    return [numberOption(message, 58), numberOption(message, 59)];
  };

  it.each([
    [3600, undefined, undefined, [1800, 3150]],
    [3600, 600, 900, [600, 900]],
    [3600, 600, undefined, [600, 3150]],
    [3600, undefined, 3500, [1800, 3500]],
    [86_400, 600, 900, [600, 900]],
    [700, 600, 900, [600, 612]],
    [300, 600, 900, [150, 262]],
    [3600, 3000, 2000, [1800, 3150]],
    [3600, 3200, undefined, [1800, 3150]],
    [3600, undefined, 1000, [1800, 3150]],
    [Number.POSITIVE_INFINITY, 600, undefined, [600, 0xffffffff]],
    [Number.POSITIVE_INFINITY, 600, 900, [600, 900]],
    [Number.POSITIVE_INFINITY, undefined, undefined, [0xffffffff, 0xffffffff]],
    [3, 1, 2, [-1, -1]],
  ])("of a lease of %d s with %s and %s configured are right [R11]", (lease, renewal, rebinding, expected) => {
    expect(times(lease, renewal, rebinding)).toEqual(expected);
  });
});

describe("a boot file whose name is longer than its field", () => {
  const name = [...`http://boot.example.org/${"a".repeat(125)}`].map((character) => character.charCodeAt(0));
  const withName = (parts: Partial<MessageParts>, sending: Partial<Sending> = {}, entries: Entry[] = []): Told =>
    tell(parts, entries, sending, (reply) => {
      reply.fileName = Uint8Array.from(name);
    });

  it("is sent in option 67 alone [D3]", () => {
    const { message } = withName({ requestList: [67] });
    expect([message.file, message.options.get(67)]).toEqual(["", name]);
    expect(withName({}).message.options.get(67)).toEqual(name);
    expect(withName({ requestList: [3] }, { requestedOnly: true }).message.options.has(67)).toBe(false);
  });

  it("does not replace option 67 where that is configured [D3]", () => {
    expect(withName({}, {}, [[67, [65]]]).message.options.get(67)).toEqual([65]);
  });

  it("leaves its field to options that have no other room [D3]", () => {
    const { message, leftOut } = withName({ requestList: [67] }, {}, [
      [17, run(115)],
      [40, run(100)],
    ]);
    expect([message.options.get(67)?.length, message.options.get(40)?.length, leftOut]).toEqual([149, 100, []]);
  });
});
