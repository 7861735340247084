import { describe, expect, it } from "vitest";
import { REPLY_OCTETS_MAX } from "../../../src/base/limits/wire.ts";
import { encodeReply } from "../../../src/wire/encode/encode-reply.ts";
import { MessageType } from "../../../src/wire/message-type.ts";
import { DEFAULT_ORDER } from "../../../src/wire/options/option-code.ts";
import { OptionSet } from "../../../src/wire/options/option-set.ts";
import { decodeQuery, Query } from "../../../src/wire/query.ts";
import { Reply } from "../../../src/wire/reply.ts";
import { addressOption, type DecodedMessage, decodeMessage, numberOption } from "../../support/decode-message.ts";
import { buildMessage, ip, type MessageParts } from "../../support/message-builder.ts";

const AT = 100;
const GUARD = 0xa5;
const ROUTE = [0, 10, 0, 0, 1, 24, 192, 0, 2, 10, 0, 0, 1];
const INFORMATION = [1, 4, 0, 1, 2, 3, 2, 2, 8, 9];
const RELAY = "203.0.113.1";

const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const run = (length: number, seed = 1): number[] => Array.from({ length }, (_, i) => (i * 7 + seed) & 255);
const mms = (octets: number): readonly [number, number[]] => [57, [octets >>> 8, octets & 255]];

function setOf(...entries: (readonly [number, readonly number[]])[]): OptionSet {
  return new OptionSet(
    entries.map(([code, value]) => [code, Uint8Array.from(value)] as const),
    DEFAULT_ORDER,
  );
}

/** Encodes the reply that `fill` makes to the query, into an arena full of other octets, and decodes it. */
function exchange(parts: MessageParts, fill: (reply: Reply) => void): DecodedMessage {
  const query = new Query();
  const octets = buildMessage(parts);
  expect(decodeQuery(octets, 0, octets.length, query)).toBeUndefined();
  const reply = new Reply();
  reply.serverId = ip("192.0.2.1");
  fill(reply);
  const target = new Uint8Array(AT + REPLY_OCTETS_MAX + 100).fill(GUARD);
  const length = encodeReply(query, reply, target, AT);
  expect(target.subarray(0, AT).every((octet) => octet === GUARD)).toBe(true);
  expect(target.subarray(AT + REPLY_OCTETS_MAX).every((octet) => octet === GUARD)).toBe(true);
  // The second time a template is kept, and from the third on it is what the reply is copied from.
  for (let time = 2; time <= 4; time++) {
    const again = new Uint8Array(target.length).fill(GUARD);
    expect(encodeReply(query, reply, again, AT)).toBe(length);
    expect(again).toEqual(target);
  }
  return decodeMessage(target.subarray(AT, AT + length));
}

/** The same for an ACK of an hour with these options. */
function ack(parts: Partial<MessageParts>, ...options: (readonly [number, readonly number[]])[]): DecodedMessage {
  return exchange({ type: 3, ...parts }, (reply) => {
    reply.messageType = MessageType.ack;
    reply.yiaddr = ip("192.0.2.77");
    reply.leaseSeconds = 3600;
    reply.options = setOf(...options);
  });
}

describe("the header of a reply", () => {
  it("is the query's, with the server's addresses", () => {
    const message = exchange(
      { type: 1, xid: 0xfedcba98, giaddr: RELAY, ciaddr: "192.0.2.5", hops: 2, chaddr: "02:00:5e:00:00:01" },
      (reply) => {
        reply.yiaddr = ip("192.0.2.77");
        reply.siaddr = ip("192.0.2.2");
      },
    );
    expect(message).toMatchObject({
      length: 300,
      op: 2,
      htype: 1,
      hlen: 6,
      hops: 0,
      xid: 0xfedcba98,
      flags: 0,
      ciaddr: "0.0.0.0",
      yiaddr: "192.0.2.77",
      siaddr: "192.0.2.2",
      giaddr: RELAY,
      chaddr: "02:00:5e:00:00:01",
      sname: "",
      file: "",
      messageType: 2,
    });
  });

  it("keeps flags, and sets the broadcast flag when told to", () => {
    expect(exchange({ type: 1, broadcast: true }, () => {}).flags).toBe(0x8000);
    const nak = exchange({ type: 3 }, (reply) => {
      reply.messageType = MessageType.nak;
      reply.forceBroadcastFlag = true;
    });
    expect(nak.flags).toBe(0x8000);
  });

  it("holds file and server name, closed by a zero octet", () => {
    const message = exchange({ type: 1 }, (reply) => {
      reply.ciaddr = ip("192.0.2.5");
      reply.fileName = Uint8Array.from(ascii("pxelinux.0"));
      reply.serverName = Uint8Array.from(ascii("boot"));
    });
    expect([message.file, message.sname, message.ciaddr]).toEqual(["pxelinux.0", "boot", "192.0.2.5"]);
    const long = exchange({ type: 1 }, (reply) => {
      reply.fileName = new Uint8Array(127).fill(0x61);
      reply.serverName = new Uint8Array(200).fill(0x62);
    });
    expect([long.file, long.sname]).toEqual(["a".repeat(127), "b".repeat(63)]);
  });
});

describe("options the server sets itself", () => {
  it("are type, identifier and times, in this order first", () => {
    const message = ack({}, [6, [9, 9, 9, 9]]);
    expect(message.order.slice(0, 3)).toEqual([53, 54, 51]);
    expect(addressOption(message, 54)).toBe("192.0.2.1");
    expect([51, 58, 59].map((code) => numberOption(message, code))).toEqual([3600, 1800, 3150]);
  });

  it.each([
    [0, 0, -1, -1],
    [3, 3, -1, -1],
    [4, 4, 2, 3],
    [7, 7, 3, 4],
    [86_400, 86_400, 43_200, 75_600],
    [0xfffffffe, 0xfffffffe, 0x7fffffff, 0xdffffffd],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [Number.POSITIVE_INFINITY, 0xffffffff, 0xffffffff, 0xffffffff],
  ])("tell a lease of %d s as %d, T1 %d, T2 %d", (seconds, lease, renewal, rebinding) => {
    const message = exchange({ type: 3 }, (reply) => {
      reply.leaseSeconds = seconds;
    });
    expect([51, 58, 59].map((code) => numberOption(message, code))).toEqual([lease, renewal, rebinding]);
  });

  it("replace what is configured under the same codes", () => {
    const codes = [50, 51, 52, 53, 54, 55, 58, 59, 61, 82];
    const message = ack({}, ...codes.map((code) => [code, [1]] as const));
    expect(message.order).toEqual([53, 54, 51, 58, 59]);
    expect([51, 58, 59].map((code) => numberOption(message, code))).toEqual([3600, 1800, 3150]);
  });

  it("have no times without a lease, configured or not", () => {
    const message = exchange({ type: 8 }, (reply) => {
      reply.messageType = MessageType.ack;
      reply.options = setOf([51, [0, 0, 0, 1]], [58, [0, 0, 0, 1]], [59, [0, 0, 0, 1]], [6, [9, 9, 9, 9]]);
    });
    expect(message.order).toEqual([53, 54, 6]);
  });

  it("give mask, router and host name where none is configured", () => {
    const fill = (reply: Reply): void => {
      reply.yiaddr = ip("192.0.2.77");
      reply.subnetMask = ip("255.255.255.0");
      reply.routerIsLease = true;
      reply.hostName = Uint8Array.from(ascii("pc"));
    };
    const message = exchange({ type: 1 }, fill);
    expect([addressOption(message, 1), addressOption(message, 3)]).toEqual(["255.255.255.0", "192.0.2.77"]);
    expect(message.options.get(12)).toEqual(ascii("pc"));
    const configured = exchange({ type: 1 }, (reply) => {
      fill(reply);
      reply.options = setOf([1, [255, 0, 0, 0]], [3, [10, 0, 0, 1]], [12, ascii("x")]);
    });
    expect([addressOption(configured, 1), addressOption(configured, 3)]).toEqual(["255.0.0.0", "10.0.0.1"]);
    expect(configured.options.get(12)).toEqual(ascii("x"));
  });

  it("echo the client identifier, unless switched off", () => {
    const clientId = [0xff, 1, 2, 3];
    expect(ack({ clientId }).options.get(61)).toEqual(clientId);
    expect(ack({ clientId: run(255) }).options.get(61)).toEqual(run(255));
    const without = exchange({ type: 1, clientId }, (reply) => {
      reply.echoClientId = false;
    });
    expect(without.options.has(61)).toBe(false);
  });
});

describe("a NAK", () => {
  it("carries type, identifier, text, client identifier and relay information, and nothing else", () => {
    const message = exchange(
      { type: 3, clientId: [1, 2, 3], giaddr: RELAY, agentInformation: INFORMATION, requestList: [1, 3, 56] },
      (reply) => {
        reply.messageType = MessageType.nak;
        reply.message = Uint8Array.from(ascii("no"));
        reply.leaseSeconds = 60;
        reply.subnetMask = ip("255.255.255.0");
        reply.options = setOf([3, [10, 0, 0, 1]], [56, ascii("configured")]);
      },
    );
    expect(message.order).toEqual([53, 54, 56, 61, 82]);
    expect(message.options.get(56)).toEqual(ascii("no"));
  });
});

describe("the order of options", () => {
  const configured = [
    [3, [10, 0, 0, 1]],
    [6, [10, 0, 0, 2]],
    [15, ascii("example.org")],
    [28, [10, 0, 0, 255]],
    [42, [10, 0, 0, 3]],
    [224, [1]],
  ] as const;

  it("is the client's request list, then dhcpd(8)'s default order", () => {
    const message = ack({ requestList: [42, 58, 99, 15, 42], clientId: [1, 2] }, ...configured);
    expect(message.order).toEqual([53, 54, 51, 42, 58, 15, 59, 61, 3, 6, 28, 224]);
  });

  it("is the default order without a request list", () => {
    const message = exchange({ type: 3, clientId: [1, 2] }, (reply) => {
      reply.leaseSeconds = 60;
      reply.subnetMask = ip("255.255.255.0");
      reply.hostName = Uint8Array.from(ascii("pc"));
      reply.options = setOf(...configured);
    });
    expect(message.order).toEqual([53, 54, 51, 58, 59, 61, 1, 3, 6, 12, 15, 28, 42, 224]);
  });

  it("is a configured request list's, if there is one", () => {
    const message = ack({ requestList: [42, 15] }, ...configured, [55, [28, 6]]);
    expect(message.order).toEqual([53, 54, 51, 28, 6, 58, 59, 3, 15, 42, 224]);
  });

  it("has the message text fourth", () => {
    expect(ack({}, [56, ascii("hello")], [3, [10, 0, 0, 1]]).order).toEqual([53, 54, 51, 56, 58, 59, 3]);
  });

  it("never repeats an option, whatever the client asks for", () => {
    const requestList = [...Array(256).keys(), ...Array(20).keys()];
    const message = ack(
      {
        options: [
          [55, requestList.slice(0, 255)],
          [55, requestList.slice(255)],
        ],
        requestList: [6],
      },
      ...configured,
    );
    expect(new Set(message.order).size).toBe(message.order.length);
    expect(message.order).toHaveLength(11);
  });
});

describe("classless routes (RFC 3442)", () => {
  it("come first when asked for and replace routers and static routes", () => {
    const message = ack(
      { requestList: [3, 33, 6, 121] },
      [3, [10, 0, 0, 1]],
      [6, [9, 9, 9, 9]],
      [33, [10, 0, 0, 0, 10, 0, 0, 1]],
      [121, ROUTE],
      [249, ROUTE],
    );
    expect(message.order).toEqual([53, 54, 51, 121, 6, 58, 59, 249]);
  });

  it("leave the routers in beside them where they have no default route [R9]", () => {
    const message = ack({ requestList: [3, 33, 121] }, [3, [10, 0, 0, 1]], [33, run(8)], [121, ROUTE.slice(5)]);
    expect(message.order).toEqual([53, 54, 51, 121, 3, 58, 59]);
  });

  it("leave routers to a client that asked for those and not for them", () => {
    const message = ack({ requestList: [3] }, [3, [10, 0, 0, 1]], [121, ROUTE]);
    expect(message.order).toEqual([53, 54, 51, 3, 58, 59, 121]);
  });

  it("replace a router that is the lease itself, too", () => {
    const message = exchange({ type: 1, requestList: [3, 249] }, (reply) => {
      reply.yiaddr = ip("192.0.2.77");
      reply.routerIsLease = true;
      reply.options = setOf([249, ROUTE]);
    });
    expect(message.order).toEqual([53, 54, 249]);
  });

  it("come with the routers to a client that lists no options", () => {
    const message = ack({}, [3, [10, 0, 0, 1]], [121, ROUTE]);
    expect(message.order).toEqual([53, 54, 51, 58, 59, 121, 3]);
  });

  it("that do not fit leave routers in", () => {
    const message = ack({ requestList: [121, 3] }, [3, [10, 0, 0, 1]], [121, run(700)]);
    expect([message.options.has(121), message.options.has(3)]).toEqual([false, true]);
  });
});

describe("relay agent information", () => {
  it("is echoed as it came, last, in every type of reply", () => {
    for (const messageType of [MessageType.offer, MessageType.ack, MessageType.nak, MessageType.bootp]) {
      const message = exchange({ type: 3, giaddr: RELAY, agentInformation: INFORMATION }, (reply) => {
        reply.messageType = messageType;
        reply.options = setOf([6, [9, 9, 9, 9]], [254, [1]], [82, [6, 6]]);
      });
      expect(message.options.get(82)).toEqual(INFORMATION);
      expect(message.order.at(-1)).toBe(82);
    }
  });

  it("is echoed where giaddr is not set, as by a switch that adds it, and not sent from the configuration", () => {
    expect(ack({ agentInformation: INFORMATION }, [82, [1, 1, 1]]).options.get(82)).toEqual(INFORMATION);
    expect(ack({ giaddr: RELAY }, [82, [1, 1, 1]]).options.has(82)).toBe(false);
  });

  it("has its place kept when options fill the message, and stays in the options field", () => {
    const agentInformation = [1, 200, ...run(200)];
    const many = Array.from({ length: 40 }, (_, i) => [150 + i, run(20, i)] as const);
    const message = ack({ giaddr: RELAY, agentInformation }, ...many);
    expect(message.options.get(82)).toEqual(agentInformation);
    expect(message.length).toBeLessThanOrEqual(548);
    const main = message.order.slice(0, message.order.indexOf(82) + 1);
    expect(main[0]).toBe(52);
    expect(message.options.get(52)).toEqual([3]);
  });

  it("is split again where it is longer than 255 octets", () => {
    const information = [1, 250, ...run(250), 2, 100, ...run(100)];
    const options = [[82, information.slice(0, 250)], mms(1500)] as const;
    const message = ack({ giaddr: RELAY, options, agentInformation: information.slice(250) });
    expect(message.options.get(82)).toEqual(information);
    expect(message.order.slice(-2)).toEqual([82, 82]);
  });

  it("is left out whole where it cannot fit (RFC 3046 section 2.2)", () => {
    const information = [1, 250, ...run(250), 2, 100, ...run(100)];
    const message = ack(
      { giaddr: RELAY, options: [[82, information.slice(0, 250)]], agentInformation: information.slice(250) },
      [6, [9, 9, 9, 9]],
    );
    expect(message.options.has(82)).toBe(false);
    expect(message.options.has(6)).toBe(true);
  });
});

describe("relay agent information that nearly fills a reply", () => {
  it.each([
    [285, true],
    [286, false],
  ])("of %i octets is echoed: %s, and the server's own options are there", (length, isEchoed) => {
    const information = [1, 200, ...run(200), 2, length - 204, ...run(length - 204)];
    const options = [[82, information.slice(0, 250)]] as const;
    const message = ack({ giaddr: RELAY, options, agentInformation: information.slice(250) });
    expect(message.options.get(82)).toEqual(isEchoed ? information : undefined);
    expect([53, 54, 51].every((code) => message.options.has(code))).toBe(true);
    expect(message.length).toBeLessThanOrEqual(548);
  });
});

describe("the size of a reply", () => {
  const many = Array.from({ length: 60 }, (_, i) => [150 + i, run(30, i)] as const);

  it.each([
    ["no option 57", [], 548],
    ["option 57 = 1500", [mms(1500)], REPLY_OCTETS_MAX],
    ["option 57 = 1000", [mms(1000)], 972],
    ["option 57 = 65535", [mms(65_535)], REPLY_OCTETS_MAX],
    ["option 57 = 100", [mms(100)], 548],
    ["option 57 of one octet", [[57, [255]]], 548],
    ["option 57 of four octets", [[57, [0, 0, 5, 0xdc]]], 548],
  ] as const)("obeys %s", (_, options, limit) => {
    const message = ack({ options: options.map(([code, value]) => [code, [...value]] as const) }, ...many);
    expect(message.length).toBeLessThanOrEqual(limit);
    expect(message.length).toBeGreaterThan(limit - 32);
  });

  it("obeys a configured option 57 where the client has none", () => {
    expect(ack({}, mms(1500), ...many).length).toBeGreaterThan(1400);
    expect(ack({ options: [mms(576)] }, mms(1500), ...many).length).toBeLessThanOrEqual(548);
  });

  it("fills a message to the last octet, and not one more", () => {
    // 53, 54, 51, 58 and 59 take 27 octets, END one.
    const room = 548 - 240 - 27 - 1;
    const exact = ack({}, [224, run(200)], [225, run(room - 200 - 4)]);
    expect([exact.length, exact.order.at(-1), exact.options.has(52)]).toEqual([548, 225, false]);
    const more = exchange({ type: 3 }, (reply) => {
      reply.leaseSeconds = 60;
      reply.fileName = Uint8Array.of(0x61);
      reply.serverName = Uint8Array.of(0x61);
      reply.options = setOf([224, run(200)], [225, run(room - 200 - 3)], [226, [1]]);
    });
    expect([more.options.has(225), more.options.has(226)]).toEqual([false, true]);
  });
});

describe("overload", () => {
  const fill = [224, run(250)] as const;

  it("is not used while everything fits", () => {
    const message = ack({}, fill);
    expect([message.options.has(52), message.length]).toEqual([false, 240 + 27 + 252 + 1]);
  });

  it("takes file first, and says so first", () => {
    const message = ack({}, fill, [225, run(100, 2)]);
    expect(message.options.get(52)).toEqual([1]);
    expect(message.order[0]).toBe(52);
    expect(message.options.get(225)).toEqual(run(100, 2));
  });

  it("takes sname for what file has no room for", () => {
    const message = ack({}, fill, [225, run(125, 2)], [226, run(61, 3)], [227, run(5)]);
    expect(message.options.get(52)).toEqual([3]);
    expect([225, 226, 227].map((code) => message.options.get(code)?.length)).toEqual([125, 61, 5]);
  });

  it("leaves a field alone that has a name in it", () => {
    const encode = (file: string, sname: string): DecodedMessage =>
      exchange({ type: 3 }, (reply) => {
        reply.leaseSeconds = 3600;
        reply.fileName = Uint8Array.from(ascii(file));
        reply.serverName = Uint8Array.from(ascii(sname));
        reply.options = setOf(fill, [225, run(40, 2)]);
      });
    const inSname = encode("a", "");
    expect([inSname.options.get(52), inSname.file, inSname.options.has(225)]).toEqual([[2], "a", true]);
    const inFile = encode("", "b");
    expect([inFile.options.get(52), inFile.sname, inFile.options.has(225)]).toEqual([[1], "b", true]);
    const nowhere = encode("a", "b");
    expect([nowhere.options.has(52), nowhere.options.has(225)]).toEqual([false, false]);
  });

  it("is not said of fields that stay empty", () => {
    const message = ack({}, fill, [225, run(200)]);
    expect(message.order).toEqual([53, 54, 51, 58, 59, 224]);
  });

  it("never happens to a BOOTP client", () => {
    const message = exchange({ type: 0, options: [[12, [0x61]]] }, (reply) => {
      reply.messageType = MessageType.bootp;
      reply.options = setOf([6, [9, 9, 9, 9]], [224, run(70)], [225, run(20)]);
    });
    expect([message.length, message.order]).toEqual([300, [6, 225]]);
  });
});

describe("long values (RFC 3396)", () => {
  it("are split into pieces of 255 octets", () => {
    const message = ack({ options: [mms(1500)] }, [224, run(600)]);
    expect(message.options.get(224)).toEqual(run(600));
    expect(message.order.filter((code) => code === 224)).toHaveLength(3);
  });

  it("go on in file and sname", () => {
    const message = ack({}, [224, run(400)]);
    expect(message.options.get(224)).toEqual(run(400));
    expect(message.options.get(52)).toEqual([3]);
  });

  it("of every length are sent whole or not at all", () => {
    const sent = Array.from({ length: 300 }, (_, i) => 250 + i).filter((length) => {
      const value = ack({}, [224, run(length)]).options.get(224);
      if (value !== undefined) expect(value).toEqual(run(length));
      return value !== undefined;
    });
    // 548 - 240 - END - 27 for 53, 54, 51, 58, 59 - 3 for 52; 127 and 63 in file and sname; 2 for each piece.
    const most = 548 - 240 - 1 - 27 - 3 + 127 + 63 - 2 * 4;
    expect([sent.at(0), sent.at(-1), sent.length]).toEqual([250, most, most - 249]);
  });

  it("that do not fit are left out whole, and smaller options behind them still sent", () => {
    const message = ack({}, [224, run(600)], [225, run(10)]);
    expect([message.options.has(224), message.options.get(225)]).toEqual([false, run(10)]);
  });
});

describe("BOOTP replies", () => {
  const bootp = (parts: Partial<MessageParts>, options: OptionSet): DecodedMessage =>
    exchange({ type: 0, ...parts }, (reply) => {
      reply.messageType = MessageType.bootp;
      reply.yiaddr = ip("192.0.2.77");
      reply.leaseSeconds = 60;
      reply.subnetMask = ip("255.255.255.0");
      reply.options = options;
    });

  it("carry options but no type, identifier or times", () => {
    const message = bootp({ options: [[12, [0x61]]] }, setOf([3, [10, 0, 0, 1]], [51, [0, 0, 0, 9]], [56, [1]]));
    expect([message.length, message.order]).toEqual([300, [1, 3]]);
  });

  it("have an empty vendor area for a client that sent no cookie", () => {
    const message = bootp({ withoutCookie: true }, setOf());
    expect([message.length, message.hasCookie, message.yiaddr]).toEqual([300, false, "192.0.2.77"]);
  });

  it("have options all the same if the caller gives some", () => {
    const message = bootp({ withoutCookie: true }, setOf([3, [10, 0, 0, 1]]));
    expect([message.hasCookie, message.order]).toEqual([true, [1, 3]]);
  });

  it("keep 64 octets for the client besides what the relay gets back", () => {
    const message = bootp({ giaddr: RELAY, agentInformation: [1, 50, ...run(50)] }, setOf([3, run(20)], [6, run(20)]));
    expect(message.order).toEqual([1, 3, 6, 82]);
    expect(message.length).toBeLessThanOrEqual(300 + 54);
  });
});

describe("text for a client whose own host name ends in a zero octet", () => {
  const options = [
    [15, ascii("a")],
    [12, ascii("b")],
    [6, [9, 9, 9, 9]],
  ] as const;

  function octetsAfter(code: number, hostName: number[]): number[] {
    const query = new Query();
    const octets = buildMessage({ type: 3, options: [[12, hostName]] });
    decodeQuery(octets, 0, octets.length, query);
    const reply = new Reply();
    reply.options = setOf(...options);
    const target = new Uint8Array(REPLY_OCTETS_MAX);
    encodeReply(query, reply, target, 0);
    let at = 240;
    while (target[at] !== code) at += target[at] === 0 ? 1 : 2 + (target[at + 1] ?? 0);
    const next = at + 2 + (target[at + 1] ?? 0);
    return [...target.subarray(at + 1, next + 1)];
  }

  it("is followed by one, outside its length", () => {
    expect(octetsAfter(15, [...ascii("pc"), 0])).toEqual([1, 0x61, 0]);
    expect(octetsAfter(15, ascii("pc"))).toEqual([1, 0x61, 255]);
    expect(octetsAfter(15, [])).toEqual([1, 0x61, 255]);
  });

  it("has none where the message is full", () => {
    // The second pad would be octet 548, which END needs.
    const message = exchange({ type: 3, options: [[12, [0x61, 0]]] }, (reply) => {
      reply.fileName = Uint8Array.of(0x61);
      reply.serverName = Uint8Array.of(0x61);
      reply.options = setOf([14, ascii("a".repeat(253))], [15, ascii("b".repeat(40))]);
    });
    expect([message.length, message.options.get(15)]).toEqual([548, ascii("b".repeat(40))]);
  });

  it("is meant, not raw octets", () => {
    expect(octetsAfter(12, [...ascii("pc"), 0])).toEqual([1, 0x62, 15]);
  });
});
