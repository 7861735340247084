// `--option NAME=VALUE` of explain: names and types are those of dhcpd.conf.

import { describe, expect, it } from "vitest";
import { readClientId, readOptions } from "../../../src/cli/option-flag.ts";

describe("an option of a message", () => {
  it.each([
    ["architecture=7", 93, "00:07"],
    ["pxe-system-type=0,6", 93, "00:00:00:06"],
    ["93=00:07", 93, "00:07"],
    ["dhcp-max-message-size=1400", 57, "05:78"],
    ["dhcp-parameter-request-list=1, 3, 66", 55, "01:03:42"],
    ["dhcp-parameter-request-list=01:33", 55, "01:33"],
    ["vendor-class-identifier=PXEClient:Arch:00007", 60, "50:58:45:43:6c:69:65:6e:74:3a:41:72:63:68:3a:30:30:30:30:37"],
    ["host-name=a b;c", 12, "61:20:62:3b:63"],
    ['domain-search="example.org"', 119, "07:65:78:61:6d:70:6c:65:03:6f:72:67:00"],
    ["routers=192.0.2.1", 3, "c0:00:02:01"],
    ["User-Class=iPXE", 77, "69:50:58:45"],
    ["option-200=x", 200, "78"],
  ])("has the value that a configuration would give it: %s", (text, code, value) => {
    expect(readOptions([text], [])).toEqual([{ code, value }]);
  });

  it.each([
    ["architecture=seven", /architecture=seven: .*expected/],
    ["architecture=70000", /expected/],
    ["routers=router.example", /expected/],
    ["architecture=7 8", /expected the end of the value/],
    ["no-such=1", /NAME=VALUE with an option's name or number/],
    ["255=1", /NAME=VALUE/],
    ["architecture", /NAME=VALUE/],
    [`host-name=${"x".repeat(256)}`, /more than 255 octets/],
    ["agent.no-such=1", /NAME=VALUE/],
  ])("is refused with what is wrong: %s", (text, message) => {
    expect(() => readOptions([text], [])).toThrow(message);
  });

  it("of what the relay says joins the rest of its information, and counts more than a line of the log", () => {
    const logged = [{ code: 82, value: "01:02:70:37:02:01:09" }];
    expect(readOptions(["agent.circuit-id=p8", "agent.subscriber-id=00:01"], logged)).toEqual([
      { code: 82, value: "01:02:70:38:02:01:09:06:02:00:01" },
    ]);
    expect(readOptions(["host-name=a"], logged)).toEqual([...logged, { code: 12, value: "61" }]);
  });

  it("that identifies the client is a text or octets, and may be empty", () => {
    expect([readClientId("01:02:00:00:00:00:07"), readClientId("pc"), readClientId("")]).toEqual([
      "01:02:00:00:00:00:07",
      "70:63",
      "",
    ]);
  });
});
