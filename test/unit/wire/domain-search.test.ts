import { describe, expect, it } from "vitest";
import { encodeDomainSearch } from "../../../src/wire/options/domain-search.ts";
import { decodeDomainSearch } from "../../support/decoded-names.ts";

function encoded(...names: string[]): Uint8Array {
  const result = encodeDomainSearch(names);
  if (typeof result === "string") throw new TypeError(result);
  return result;
}

describe("encodeDomainSearch", () => {
  it("encodes what it can decode again", () => {
    const names = ["eng.apple.com", "marketing.apple.com", "apple.com", "com", "example.org", "eng.apple.com"];
    expect(decodeDomainSearch(encoded(...names))).toEqual(names);
  });

  it("gives the octets of RFC 3397 section 2's example", () => {
    const text = (word: string): number[] => [word.length, ...[...word].map((c) => c.charCodeAt(0))];
    expect([...encoded("eng.apple.com.", "marketing.apple.com.")]).toEqual([
      ...text("eng"),
      ...text("apple"),
      ...text("com"),
      0,
      ...text("marketing"),
      0xc0,
      0x04,
    ]);
  });

  it("points no further than a pointer can", () => {
    const names = Array.from({ length: 700 }, (_, i) => `${"x".repeat(40)}${i}.host${i}.example`);
    expect(decodeDomainSearch(encoded(...names))).toEqual(names);
  });

  it.each([
    ["", "expected a domain name"],
    ["a..b", "expected a domain name"],
    ["a b", "expected a domain name"],
    ["b\u00fccher.example", "expected a domain name"],
    [`${"a".repeat(64)}.org`, "a label has more than 63 characters"],
    [Array(64).fill("abc").join("."), "the name is longer than 255 octets"],
  ])("refuses %j", (name, message) => {
    expect(encodeDomainSearch([name])).toContain(message);
  });
});

describe("decodeDomainSearch", () => {
  it.each([
    ["a label past the end", [3, 0x61]],
    ["a name without its end", [1, 0x61]],
    ["a pointer to itself", [0xc0, 0]],
    ["a pointer forward", [0xc0, 2, 0]],
    ["two pointers at each other", [1, 0x61, 0xc0, 4, 0xc0, 0]],
    ["half a pointer", [1, 0x61, 0xc0]],
    ["a label of an unknown kind", [0x41, 0x61, 0]],
  ])("refuses %s", (_, octets) => {
    expect(decodeDomainSearch(Uint8Array.from(octets))).toBeUndefined();
  });

  it("reads names that point back", () => {
    expect(decodeDomainSearch(Uint8Array.of(1, 0x61, 0, 0xc0, 0, 1, 0x62, 0xc0, 3))).toEqual(["a", "a", "b.a"]);
  });

  it("escapes what is not printable", () => {
    expect(decodeDomainSearch(Uint8Array.of(2, 0x1b, 0x22, 0))).toEqual(['\\x1b\\"']);
  });
});
