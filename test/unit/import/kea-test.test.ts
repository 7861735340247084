// Kea's test expressions as conditions, and what there is no condition for.

import { describe, expect, it } from "vitest";
import { translateTest } from "../../../src/import/kea-test.ts";

function translate(test: string): string {
  const result = translateTest(
    test,
    (name) => ({ "vendor-class-identifier": 60, "user-class": 77, routers: 3 })[name],
    (name) => (name === "a" ? { condition: 'option host-name = "a"' } : { problem: "there is none" }),
  );
  return "condition" in result ? result.condition : `PROBLEM ${result.problem}`;
}

describe("translateTest", () => {
  it.each([
    ["option[60].hex == 'PXEClient'", 'option dhcp-class-identifier = "PXEClient"'],
    ["substring(option[60].hex,0,9) == 'PXEClient'", 'substring(option dhcp-class-identifier, 0, 9) = "PXEClient"'],
    ["substring(option[60].hex, 3, all) == 'x'", 'substring(option dhcp-class-identifier, 3, 255) = "x"'],
    ["substring(option[60].hex, -2, 2) == 'xy'", 'suffix(option dhcp-class-identifier, 2) = "xy"'],
    ["substring(substring(option[60].hex, 2, 6), 1, 9) == 'x'", 'substring(option dhcp-class-identifier, 3, 5) = "x"'],
    ["option[vendor-class-identifier].text == 'a\"b'", 'option dhcp-class-identifier = "a\\042b"'],
    ["0x0007 == option[93].hex", "option pxe-system-type = 00:07"],
    ["option[53].hex == 0x10", 'option dhcp-message-type = "\\020"'],
    ["option[82].option[1].hex == 0x0102", "option agent.circuit-id = 01:02"],
    ["relay4[2].hex == 'x'", 'option agent.remote-id = "x"'],
    ["relay4[6].exists", "exists agent.subscriber-id"],
    ["not option[user-class].exists", "not exists user-class"],
    ["pkt4.mac == 0x001122334455", "substring(hardware, 1, 255) = 00:11:22:33:44:55"],
    ["substring(pkt4.mac, 0, 3) == 0x001122", "substring(hardware, 1, 3) = 00:11:22"],
    ["hexstring(pkt4.mac, ':') == '00:11:22:33:44:55'", "substring(hardware, 1, 255) = 00:11:22:33:44:55"],
    ["substring(hexstring(pkt4.mac, ':'), 3, 5) == '11:22'", "substring(hardware, 2, 2) = 11:22"],
    ["hexstring(option[61].hex, '') == '01ff'", "option dhcp-client-identifier = 01:ff"],
    ["pkt4.msgtype == 1", 'option dhcp-message-type = "\\001"'],
    ["option[118].hex == 10.0.0.1", "option subnet-selection = 0a:00:00:01"],
    [
      "member('a') and not (member('a') or option[12].exists)",
      '(option host-name = "a") and not ((option host-name = "a") or exists host-name)',
    ],
    ["option[12].hex == ''", 'pick-first-value(option host-name, "") = ""'],
    ["'a' == 'a'", "(known or not known)"],
    ["1 == 2 or option[12].exists", "exists host-name"],
    ["not (1 == 1) or (2 == 2 and option[12].exists)", "(exists host-name)"],
    ["not 1 == 1", "(known and not known)"],
    ["pkt4.htype == 1", 'packet(1, 1) = "\\001"'],
    ["pkt4.htype == 0x01", "(known and not known)"],
    ["pkt4.giaddr == 10.0.0.1", "packet(24, 4) = 0a:00:00:01"],
    ["pkt4.ciaddr == 0.0.0.0 and pkt4.transid == 7", "packet(12, 4) = 00:00:00:00 and packet(4, 4) = 00:00:00:07"],
    ["option[93].hex == 7", "option pxe-system-type = 00:00:00:07"],
    ["substring(option[12].hex, -2, all) == 'abc'", "(known and not known)"],
    ["lcase(option[12].text) == 'ab'", 'lcase(option host-name) = "ab"'],
    ["lcase(option[12].text) == 'Ab'", "(known and not known)"],
    ["substring(ucase(option[12].text), 0, 2) == 'AB'", 'ucase(substring(option host-name, 0, 2)) = "AB"'],
    ["ucase(hexstring(pkt4.mac, ':')) == 'AA:0B'", "substring(hardware, 1, 255) = aa:0b"],
    ["concat('a', 'b') == 'ab'", "(known or not known)"],
    ["concat(option[12].text, '.x') == 'a.x'", 'option host-name = "a"'],
    ["option[12].text + '.x' == 'a.y'", "(known and not known)"],
    [
      "concat(substring(option[12].hex, 0, 1), option[60].hex) == 'ab'",
      '(((pick-first-value(substring(option host-name, 0, 1), "") = "") and (option dhcp-class-identifier = "ab")) or ((substring(option host-name, 0, 1) = "a") and (option dhcp-class-identifier = "b")))',
    ],
    [
      "ifelse(option[93].exists, option[93].hex, '0') == 0x0007",
      "((exists pxe-system-type) and (option pxe-system-type = 00:07))",
    ],
    ["ifelse(option[93].exists, 'a', 'b') == 'b'", "(not (exists pxe-system-type))"],
    ["substring(ifelse(option[93].exists, 'ab', 'cd'), 1, 1) == 'b'", "((exists pxe-system-type))"],
    ["vendor.enterprise == 4491", "substring(option vivso, 0, 4) = 00:00:11:8b"],
    ["vendor[4491].exists", "substring(option vivso, 0, 4) = 00:00:11:8b"],
    ["vendor-class[*].exists", "exists vivco"],
    [
      "vendor-class[4491].data == 'eRouter1.0'",
      '(substring(option vivco, 0, 4) = 00:00:11:8b and substring(option vivco, 6, 255) = "eRouter1.0")',
    ],
  ])("makes of %s %s", (test, condition) => {
    expect(translate(test)).toBe(condition);
  });

  it.each([
    ["", "a condition cannot look at nothing"],
    ["option[60].hex", "its test has nothing where == should be"],
    ["option[60].hex == option[61].hex", "a condition compares what a query holds with a constant"],
    ["pkt.iface == 'eth0'", 'a condition cannot look at "pkt"'],
    ["option[routers].text == '10.0.0.1'", "a condition cannot look at option routers in that form"],
    ["option[82].option[99].exists", "a condition cannot look at the relay's sub-option 99"],
    ["option[300].exists", "there is no option 300"],
    ["option[nonsense].exists", "there is no option nonsense"],
    ["member('b')", "it is about members of b: there is none"],
    ["member(b)", "its test names no class in member()"],
    ["option[60].hex == 'a' option", 'its test has "option" where it should end'],
    ["option[60].hex == 'a", "its test cannot be read"],
    ["substring(hexstring(pkt4.mac, ':'), 1, 5) == '11'", "a condition cannot look at a part of an octet"],
    ["hexstring(pkt4.mac, ':') == '0:1'", 'hexstring never gives "0:1"'],
    ["substring(option[60].hex, -5, 2) == 'ab'", "a condition cannot look at that part"],
    [`${"(".repeat(40)}option[60].exists${")".repeat(40)}`, "its test is nested too deeply"],
    ["split(option[12].text, '.', 1) == 'ab'", 'a condition cannot look at "split"'],
    [
      `concat(option[12].hex, option[60].hex) == '${"a".repeat(65)}'`,
      "a condition compares what is joined with 64 octets at most",
    ],
    ["option[43].option[1].exists", 'a condition cannot look at "option"'],
  ])("says of %s: %s", (test, problem) => {
    expect(translate(test)).toBe(`PROBLEM ${problem}`);
  });
});
