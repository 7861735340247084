import { describe, expect, it } from "vitest";
import {
  describeFormat,
  encodeOptionValue,
  isListFormat,
  type OptionElement,
  rowLetters,
} from "../../../src/wire/options/option-format.ts";
import { ip } from "../../support/message-builder.ts";

const address = (text: string): OptionElement => ({ kind: "address", value: ip(text) });
const number = (value: number): OptionElement => ({ kind: "number", value });
const octets = (...value: number[]): OptionElement => ({ kind: "octets", value: Uint8Array.from(value) });
const cidr = (network: string, prefixLength: number): OptionElement => ({
  kind: "cidr",
  network: ip(network),
  prefixLength,
});
const name = (value: string): OptionElement => ({ kind: "name", value });

function encode(format: string, ...elements: OptionElement[]): number[] | string {
  const result = encodeOptionValue(format, elements);
  return typeof result === "string" ? result : [...result];
}

describe("encodeOptionValue", () => {
  it.each<[string, OptionElement[], number[]]>([
    ["I", [address("192.0.2.1")], [192, 0, 2, 1]],
    ["IA", [address("192.0.2.1"), address("192.0.2.255")], [192, 0, 2, 1, 192, 0, 2, 255]],
    ["IIA", [address("10.0.0.0"), address("10.0.0.1")], [10, 0, 0, 0, 10, 0, 0, 1]],
    ["l", [number(-3600)], [0xff, 0xff, 0xf1, 0xf0]],
    ["L", [number(0xffffffff)], [255, 255, 255, 255]],
    ["L", [number(86_400)], [0, 1, 0x51, 0x80]],
    ["s", [number(-2)], [0xff, 0xfe]],
    ["S", [number(1500)], [5, 0xdc]],
    ["SA", [number(68), number(65_535)], [0, 68, 255, 255]],
    ["b", [number(-1)], [255]],
    ["B", [number(64)], [64]],
    ["BA", [number(1), number(3), number(255)], [1, 3, 255]],
    ["f", [{ kind: "flag", value: true }], [1]],
    ["f", [{ kind: "flag", value: false }], [0]],
    ["t", [octets(0x61, 0x62)], [0x61, 0x62]],
    ["X", [octets(0, 0xff)], [0, 0xff]],
    ["X", [octets()], []],
    ["CIA", [cidr("0.0.0.0", 0), address("10.0.0.1")], [0, 10, 0, 0, 1]],
    ["CIA", [cidr("10.0.0.0", 8), address("10.0.0.1")], [8, 10, 10, 0, 0, 1]],
    ["CIA", [cidr("192.0.2.128", 25), address("10.0.0.1")], [25, 192, 0, 2, 128, 10, 0, 0, 1]],
    ["CIA", [cidr("10.1.255.0", 20), address("10.0.0.1")], [20, 10, 1, 0xf0, 10, 0, 0, 1]],
    ["CIA", [cidr("192.0.2.7", 32), address("10.0.0.1")], [32, 192, 0, 2, 7, 10, 0, 0, 1]],
  ])("encodes %s %j", (format, elements, expected) => {
    expect(encode(format, ...elements)).toEqual(expected);
  });

  it.each<[string, OptionElement[], string]>([
    ["I", [], "expected an IP address"],
    ["I", [address("1.2.3.4"), address("1.2.3.5")], "expected an IP address"],
    ["I", [number(1)], "expected an IP address"],
    ["IA", [], "expected a list of IP addresses"],
    ["IIA", [address("1.2.3.4")], "expected a list of pairs of IP addresses"],
    ["CIA", [cidr("10.0.0.0", 8)], "expected a list of routes like 10.1.0.0/16 192.0.2.1"],
    ["CIA", [address("10.0.0.1"), cidr("10.0.0.0", 8)], "expected a network like 10.1.0.0/16"],
    ["CIA", [cidr("10.0.0.0", 33), address("10.0.0.1")], "/33: expected a prefix length from 0 to 32"],
    ["B", [number(256)], "256 does not fit: expected a number of 8 bits"],
    ["b", [number(-129)], "-129 does not fit: expected a number of 8 bits"],
    ["S", [number(65_536)], "65536 does not fit: expected a number of 16 bits"],
    ["L", [number(2 ** 32)], "4294967296 does not fit: expected a number of 32 bits"],
    ["L", [number(1.5)], "1.5 does not fit: expected a number of 32 bits"],
    ["f", [number(1)], "expected true or false"],
    ["D", [address("1.2.3.4")], "expected a quoted domain name"],
    ["", [], "expected no value"],
  ])("refuses %s %j in words", (format, elements, message) => {
    expect(encode(format, ...elements)).toBe(message);
  });

  it("compresses a domain search list as RFC 3397 does", () => {
    expect(encode("D", name("a.example.org"), name("b.example.org"))).toEqual([
      ...[1, 0x61, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 3, 0x6f, 0x72, 0x67, 0],
      ...[1, 0x62, 0xc0, 2],
    ]);
  });
});

describe("formats", () => {
  it("are rows of letters, lists or not", () => {
    expect(rowLetters("IIA")).toBe("II");
    expect(rowLetters("t")).toBe("t");
    expect(["IA", "D", "BA"].map(isListFormat)).toEqual([true, true, true]);
    expect(["I", "t", "X", ""].map(isListFormat)).toEqual([false, false, false, false]);
  });

  it("are described in words", () => {
    expect(["I", "SA", "D", "t", ""].map(describeFormat)).toEqual([
      "an IP address",
      "a list of numbers of 16 bits",
      "a list of quoted domain names",
      "a quoted text",
      "no value",
    ]);
  });
});
