// RFC 5071: Dynamic Host Configuration Protocol Options Used by PXELINUX.

import { describe, expect, it } from "vitest";
import { decodeMessage } from "../support/decode-message.ts";
import { EngineWorld, testInterface } from "../support/engine-world.ts";
import type { MessageParts } from "../support/message-builder.ts";

const text = (value: string): number[] => [...new TextEncoder().encode(value)];

function optionIn(statement: string, code: number, parts: Partial<MessageParts>): readonly number[] | undefined {
  const config = `ping-check false; ${statement} subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10; }`;
  const world = new EngineWorld(config, [testInterface(2, "lan0", "10.0.0.1")]);
  return decodeMessage(world.send({ type: 1, ...parts }).bytes).options.get(code);
}

describe.each<[string, number, string, number[]]>([
  ["the configuration file", 209, 'option loader-configfile "pxelinux.cfg/lab";', text("pxelinux.cfg/lab")],
  ["the path prefix", 210, 'option loader-pathprefix "/boot/";', text("/boot/")],
  ["the reboot time", 211, "option loader-reboottime 30;", [0, 0, 0, 30]],
])("RFC 5071: %s", (_name, code, statement, octets) => {
  it("is sent where it is configured, asked for or not [5071 4.2-1, 4.5-1, 4.5-2, 5.5-1, 6.5-1]", () => {
    for (const requestList of [undefined, [1, 3], [code]]) {
      const parts = { ...(requestList && { requestList }), options: [[12, [...text("pxe"), 0]] as const] };
      expect(optionIn(statement, code, parts)).toEqual(octets);
    }
  });

  it("is not sent without a value, nor where it is configured empty [5071 4.5-3, 5.5-2, 6.5-2]", () => {
    expect(optionIn("", code, { requestList: [code] })).toBeUndefined();
    const empty = statement.replace(/".*"|30/, (value) => (value === "30" ? "" : '""'));
    // A number cannot be empty at all.
    if (code === 211) expect(() => optionIn(empty, code, {})).toThrow();
    else expect(optionIn(empty, code, { requestList: [code] })).toBeUndefined();
  });
});
