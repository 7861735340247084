import { describe, expect, it } from "vitest";
import { escapeOctets, isPrintable } from "../../../src/base/text.ts";

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
