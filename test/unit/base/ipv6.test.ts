import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/base/bytes.ts";
import { parseIpv6 } from "../../../src/base/ipv6.ts";
import { formatIpv6 } from "../../support/decoded-names.ts";

describe("parseIpv6", () => {
  it.each([
    ["::", "00000000000000000000000000000000"],
    ["::1", "00000000000000000000000000000001"],
    ["2001:DB8::", "20010db8000000000000000000000000"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["1:2:3::6:7:8", "00010002000300000000000600070008"],
    ["64:ff9b::192.0.2.1", "0064ff9b0000000000000000c0000201"],
    ["1:2:3:4:5:6:192.0.2.1", "000100020003000400050006c0000201"],
  ])("reads %s", (text, octets) => {
    expect(formatHex(parseIpv6(text) ?? new Uint8Array(0))).toBe(octets);
  });

  it.each([
    "",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "::1.2.3",
    "::1.2.3.256",
    "::1.2.3.04",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
  ])("refuses %j", (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });
});

describe("formatIpv6", () => {
  it.each(["::", "::1", "1::", "2001:db8::1", "1:0:2::3", "1:2:3:4:5:6:7:8", "1:0:2:3:4:5:6:7", "0:0:0:1::"])(
    "prints %s as RFC 5952 has it",
    (text) => {
      expect(formatIpv6(parseIpv6(text) ?? new Uint8Array(0), 0)).toBe(text);
    },
  );
});
