import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeOctets, isPrintable, showOctets } from "../../../src/base/text.ts";

describe("escapeOctets", () => {
  it("leaves printable ASCII alone", () => {
    expect(escapeOctets(Uint8Array.from("host-1 ~!", (c) => c.charCodeAt(0)))).toBe("host-1 ~!");
  });

  it("escapes quotes, backslashes and everything outside printable ASCII", () => {
    expect(escapeOctets(Uint8Array.of(0x22, 0x5c, 0, 0x1b, 0x0a, 0x7f, 0x80, 0xff))).toBe(
      '\\"\\\\\\x00\\x1b\\x0a\\x7f\\x80\\xff',
    );
  });

  it("never lets a control or 8-bit character through", () => {
    const all = escapeOctets(Uint8Array.from({ length: 256 }, (_, i) => i));
    expect([...all].every((c) => c >= " " && c <= "~")).toBe(true);
  });
});

describe("isPrintable", () => {
  it.each([
    [[0x41, 0x20, 0x7e], true],
    [[], false],
    [[0x41, 0], false],
    [[0x7f], false],
    [[0xe9], false],
  ])("says of %j: %s", (octets, expected) => {
    expect(isPrintable(Uint8Array.from(octets))).toBe(expected);
  });
});

describe("showOctets [U11]", () => {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

  it.each(["laptop", "Müller", "客厅", "\u{1f4fa} tv"])("shows %s as it is", (name) => {
    expect(showOctets(utf8(name))).toBe(name);
  });

  it.each([
    ["a\u001b[31mb", "a\\x1b[31mb"],
    ["a\nb", "a\\x0ab"],
    ["back\\slash", "back\\x5cslash"],
    ["\u009b31m", "\\xc2\\x9b31m"],
    ["a\u202eb", "a\\xe2\\x80\\xaeb"],
    ["a\u2028b", "a\\xe2\\x80\\xa8b"],
  ])("escapes what a terminal could obey: %j", (name, shown) => {
    expect(showOctets(utf8(name))).toBe(shown);
  });

  it.each([
    [[0xc3], "\\xc3"],
    [[0xc0, 0x80], "\\xc0\\x80"],
    [[0xe0, 0x80, 0xaf], "\\xe0\\x80\\xaf"],
    [[0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"],
    [[0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"],
    [[0x4d, 0xfc, 0x6c], "M\\xfcl"],
  ])("escapes what is no UTF-8: %j", (octets, shown) => {
    expect(showOctets(Uint8Array.from(octets))).toBe(shown);
  });

  it("never lets an unsafe character through, and tells different octets apart", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (octets) => {
        const shown = showOctets(octets);
        expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        const back = [...shown.matchAll(/\\x([0-9a-f]{2})|[^\\]/gu)].flatMap(([text, hex]) =>
          hex === undefined ? [...utf8(text)] : [Number.parseInt(hex, 16)],
        );
        expect(back).toEqual([...octets]);
      }),
    );
  });
});
