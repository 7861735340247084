// RFC 3396: Encoding Long Options in DHCPv4.

import { describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";

const SIZE_1500: readonly [number, readonly number[]] = [57, [5, 0xdc]];

function serve(global: string): EngineWorld {
  return new EngineWorld(
    `ping-check false; ${global} subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; }`,
    [testInterface(2, "lan0", "10.0.0.1")],
  );
}

function octets(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** Text whose octets tell where they stand. */
function longText(length: number): string {
  return Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
}

describe("RFC 3396 section 5: a value longer than 255 octets in a reply", () => {
  it.each([255, 256, 510, 511, 800])(
    "of %i octets is split into options of the same code that follow each other [3396 4-1, 6-2, 6-3]",
    (length) => {
      const text = longText(length);
      const offer = serve(`option root-path "${text}";`).send({ type: 1, options: [SIZE_1500] });
      const message = decodeMessage(offer.bytes);
      expect(message.options.get(17)).toEqual(octets(text));
      const pieces = Math.ceil(length / 255);
      const first = message.order.indexOf(17);
      expect(message.order.slice(first, first + pieces)).toEqual(new Array(pieces).fill(17));
      expect(message.order.filter((code) => code === 17)).toHaveLength(pieces);
    },
  );

  it("may go on from the options field to file and then sname, in that order [3396 5-1, 6-1]", () => {
    const text = longText(400);
    const message = decodeMessage(serve(`option root-path "${text}";`).send({ type: 1 }).bytes);
    expect(message.options.get(17)).toEqual(octets(text));
    expect(message.options.get(52)?.[0] ?? 0).not.toBe(0);
  });

  it("is the only one that is split: one that fits in a field stands there in one piece [3396 4-3]", () => {
    const shorts = ["a", "b", "c", "d"].map((letter) => letter.repeat(100));
    const [root = "", dump = "", path = "", nis = ""] = shorts;
    const message = decodeMessage(
      serve(
        `option root-path "${root}"; option merit-dump "${dump}"; option extensions-path "${path}"; option nis-domain "${nis}";`,
      ).send({ type: 1, requestList: [17, 14, 18, 40] }).bytes,
    );
    expect(message.options.has(52)).toBe(true);
    expect([17, 14, 18].map((code) => message.options.get(code)?.length)).toEqual([100, 100, 100]);
    expect(new Set(message.order).size).toBe(message.order.length);
  });

  it("goes in no field that holds a name [3396 5-2]", () => {
    const text = longText(400);
    const named = serve(`filename "boot.img"; server-name "boot"; option root-path "${text}";`);
    const message = decodeMessage(named.send({ type: 1 }).bytes);
    expect(message).toMatchObject({ file: "boot.img", sname: "boot" });
    expect([message.options.has(52), message.options.has(17)]).toEqual([false, false]);
  });

  it("is left out whole where it does not fit, and what follows is still told [3396 4-2]", () => {
    const text = longText(700);
    const message = decodeMessage(
      serve(`option root-path "${text}"; option swap-server 10.0.0.9;`).send({ type: 1, requestList: [17, 16] }).bytes,
    );
    expect(message.options.has(17)).toBe(false);
    expect(message.options.get(16)).toEqual([10, 0, 0, 9]);
  });
});

describe("RFC 3396 section 7: a split option in a query", () => {
  it("is put together before it means anything [3396 7-1]", () => {
    const world = serve("");
    const halves = world.send({
      type: 1,
      options: [
        [61, [1, 2, 3]],
        [61, [4, 5, 6]],
      ],
    });
    const whole = world.send({ type: 1, clientId: [1, 2, 3, 4, 5, 6] });
    expect(whole).toMatchObject({ yiaddr: halves.yiaddr, reason: "offer-current" });
    expect(decodeMessage(halves.bytes).options.get(61)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("is put together across other options, and an address of two halves is one address [3396 7-1, 7-2]", () => {
    const world = serve("");
    const offer = world.send({
      type: 1,
      options: [
        [50, [10, 0]],
        [12, [0x68]],
        [50, [0, 15]],
      ],
    });
    expect(offer.yiaddr).toBe("10.0.0.15");
  });
});
