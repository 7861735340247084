// The messages to the process of the event script: the two sides agree, and nothing that comes back is trusted.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  SCRIPT_LINE_OCTETS_MAX,
  SCRIPT_REQUEST_OCTETS_MAX,
  SCRIPT_SECONDS_MAX,
  SCRIPT_SECONDS_MIN,
  SCRIPT_VARIABLES_MAX,
} from "../../../src/base/limits/script.ts";
import {
  readScriptAnswer,
  SCRIPT_VERSION,
  type ScriptCall,
  ScriptLayout,
  ScriptOutcome,
  ScriptVerb,
  ScriptWriter,
} from "../../../src/script/protocol.ts";

const HEADER = readFileSync(new URL("../../../script/protocol.h", import.meta.url), "utf8");

function inHeader(name: string): number {
  return Number(new RegExp(`\\b${name}(?: =)? (\\d+)`).exec(HEADER)?.[1]);
}

const CALL: ScriptCall = {
  ...{ action: "add", hardware: "02:00:00:00:00:0a", address: "10.0.0.5", name: "laptop" },
  variables: [["DNSMASQ_DOMAIN", "lan"]],
};

describe("the messages to the process of the event script", () => {
  it("have the same numbers in C", () => {
    expect({
      version: inHeader("SCRIPT_VERSION"),
      verbs: ["READY", "RUN", "LINE", "DONE"].map((name) => inHeader(`SCRIPT_${name}`)),
      outcomes: ["EXITED", "KILLED", "TOO_LONG", "NOT_RUN"].map((name) => inHeader(`SCRIPT_${name}`)),
      limits: ["REQUEST_MAX", "VARIABLES_MAX", "SECONDS_MIN", "SECONDS_MAX", "LINE_MAX"].map((name) =>
        inHeader(`SCRIPT_${name}`),
      ),
    }).toEqual({
      version: SCRIPT_VERSION,
      verbs: Object.values(ScriptVerb),
      outcomes: Object.values(ScriptOutcome),
      limits: [
        SCRIPT_REQUEST_OCTETS_MAX,
        SCRIPT_VARIABLES_MAX,
        SCRIPT_SECONDS_MIN,
        SCRIPT_SECONDS_MAX,
        SCRIPT_LINE_OCTETS_MAX,
      ],
    });
  });

  it("are a header and strings, each with a zero octet behind it", () => {
    const writer = new ScriptWriter();
    const length = writer.run(7, 60, CALL);
    const header = new DataView(writer.octets.buffer);
    const native = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
    expect([...writer.octets.subarray(0, 4)]).toEqual([SCRIPT_VERSION, ScriptVerb.run, 0, 0]);
    expect([header.getUint32(4, native), header.getUint32(8, native)]).toEqual([7, 60]);
    expect(Buffer.from(writer.octets.subarray(ScriptLayout.octets, length)).toString("latin1")).toBe(
      "add\0" + "02:00:00:00:00:0a\0" + "10.0.0.5\0" + "laptop\0" + "DNSMASQ_DOMAIN=lan\0",
    );
  });

  it("leave out a value with a control character, and more variables than the process takes", () => {
    const writer = new ScriptWriter();
    const wrong = ["a\nb", "a\0b", "\x7f"].map((value) => ["DNSMASQ_DOMAIN", value] as const);
    const many = Array.from({ length: SCRIPT_VARIABLES_MAX + 1 }, () => ["DNSMASQ_TAGS", "x"] as const);
    const without = writer.run(1, 60, { ...CALL, variables: [] });
    expect(writer.run(1, 60, { ...CALL, variables: wrong })).toBe(without);
    expect(writer.run(1, 60, { ...CALL, variables: many })).toBe(
      without + SCRIPT_VARIABLES_MAX * "DNSMASQ_TAGS=x\0".length,
    );
  });

  it("leave out what there is no room for", () => {
    const variables = Array.from({ length: 40 }, (_, i) => [`DNSMASQ_USER_CLASS${i}`, "x".repeat(1000)] as const);
    const length = new ScriptWriter().run(1, 60, { ...CALL, variables });
    expect(length).toBeLessThanOrEqual(SCRIPT_REQUEST_OCTETS_MAX);
    expect(length).toBeGreaterThan(SCRIPT_REQUEST_OCTETS_MAX - 1100);
  });

  it("are not understood where they are too short, of another version or verb, or too long", () => {
    const done = Uint8Array.of(SCRIPT_VERSION, ScriptVerb.done, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(readScriptAnswer(done)).toEqual({ verb: "done", sequence: 0, outcome: 0, value: 0 });
    const ready = Uint8Array.of(SCRIPT_VERSION, ScriptVerb.ready, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(readScriptAnswer(ready)).toEqual({ verb: "ready", sequence: 0 });
    expect(readScriptAnswer(Uint8Array.of(...ready, 0))).toBeUndefined();
    const changed = (at: number, octet: number): Uint8Array => done.map((old, i) => (i === at ? octet : old));
    for (const wrong of [done.subarray(0, 11), changed(0, 9), changed(1, 9), Uint8Array.of(...done, 0)])
      expect(readScriptAnswer(wrong)).toBeUndefined();
  });
});
