// What the event script is told: which calls an event is, and that no text of a client does harm in them.

import { describe, expect, it } from "vitest";
import { SCRIPT_VALUE_OCTETS_MAX } from "../../../src/base/limits/script.ts";
import { BindingState, type LeaseRecord } from "../../../src/lease/lease.ts";
import { callsOf, type GivenNames, type ScriptEvent } from "../../../src/script/calls.ts";

const octets = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const NONE = new Uint8Array(0);
const REQUEST = {
  ...{ giaddr: 0, ciaddr: 0x0a000005, hostName: NONE, requestedOptions: NONE, userClass: NONE, mudUrl: NONE },
  ...{ interface: "lan0", classes: [] as readonly string[] },
};

function lease(more: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    ...{ address: 0x0a000005, state: BindingState.bound, startsAt: 1000, endsAt: 4600, lastTransactionAt: 1000 },
    ...{ htype: 1, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 10), clientId: NONE, hostName: octets("laptop") },
    ...{ agentInformation: NONE, vendorClass: NONE },
    ...more,
  };
}

function event(kind: ScriptEvent["kind"], record = lease(), more: Partial<ScriptEvent> = {}): ScriptEvent {
  return { kind, at: 1000, lease: { record, place: { host: undefined, interface: "lan0" } }, ...more };
}

function told(of: ScriptEvent, tellsRenewals = false, names: GivenNames = { hostName: "", domain: "" }): string[] {
  return callsOf(of, () => names, tellsRenewals).map((call) => {
    const old = call.variables.find(([variable]) => variable === "DNSMASQ_OLD_HOSTNAME")?.[1];
    return [call.action, call.hardware, call.address, call.name, ...(old === undefined ? [] : [`was ${old}`])].join(
      " ",
    );
  });
}

function variablesOf(of: ScriptEvent, names: GivenNames = { hostName: "", domain: "" }): Record<string, string> {
  return Object.fromEntries(callsOf(of, () => names, true)[0]?.variables ?? []);
}

const SHORT = "02:00:00:00:00:0a 10.0.0.5";

describe("the calls of an event", () => {
  it("are del and add where another client has the lease, old where the same has it still", () => {
    const other = lease({ hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 11), hostName: octets("tower") });
    expect(told(event("added"))).toEqual([`add ${SHORT} laptop`]);
    expect(told(event("added", lease(), { former: other }))).toEqual([
      "del 02:00:00:00:00:0b 10.0.0.5 tower",
      `add ${SHORT} laptop`,
    ]);
    expect(told(event("added", lease(), { former: lease() }))).toEqual([`old ${SHORT} laptop`]);
  });

  it("tell a renewal where it is wanted, changes something, or its client has started anew", () => {
    expect(told(event("renewed"))).toEqual([]);
    expect(told(event("renewed"), true)).toEqual([`old ${SHORT} laptop`]);
    expect(told(event("renewed", lease(), { request: { ...REQUEST, ciaddr: 0 } }))).toEqual([`old ${SHORT} laptop`]);
    const id = octets("id");
    const former = lease({ hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 11), clientId: id });
    expect(told(event("renewed", lease({ clientId: id }), { former }))).toEqual([`old ${SHORT} laptop`]);
  });

  it("tell a name that goes first", () => {
    const renamed = event("renewed", lease({ hostName: octets("tower") }), { former: lease() });
    expect(told(renamed)).toEqual([`old ${SHORT}  was laptop`, `old ${SHORT} tower`]);
    expect(told(event("renewed", lease({ hostName: NONE }), { former: lease() }))).toEqual([
      `old ${SHORT}  was laptop`,
    ]);
    expect(told(event("renewed", lease(), { former: lease({ hostName: NONE }) }))).toEqual([`old ${SHORT} laptop`]);
  });

  it("are del at every end of a lease, and none where no lease ends", () => {
    expect(told(event("expired"))).toEqual([`del ${SHORT} laptop`]);
    expect(told(event("released"))).toEqual([`del ${SHORT} laptop`]);
    expect(told(event("declined", lease(), { former: lease() }))).toEqual([`del ${SHORT} laptop`]);
    expect(told(event("declined"))).toEqual([]);
    expect(told(event("conflict"))).toEqual([]);
    expect(told(event("released", lease({ hardwareAddress: NONE, htype: 0 })))).toEqual([]);
  });

  it("have the type in front of what is no Ethernet address", () => {
    expect(told(event("added", lease({ htype: 6 })))).toEqual([`add 06-${SHORT} laptop`]);
  });
});

describe("the text of clients", () => {
  it.each([
    ["laptop.lan", "laptop"],
    ["-rf", ""],
    ["a b", ""],
    ["$(id)", ""],
    ["a\nb", ""],
    [".lan", ""],
    ["x".repeat(64), ""],
    ["under_score-1", "under_score-1"],
    ["\u00fcber", ""],
  ])("%j is the name %j", (said, name) => {
    expect(told(event("added", lease({ hostName: octets(said) })))).toEqual([`add ${SHORT} ${name}`]);
  });

  it("counts less than a name that the configuration gives", () => {
    const names = { hostName: "printer", domain: "example.org" };
    expect(told(event("added"), false, names)).toEqual([`add ${SHORT} printer`]);
    expect(variablesOf(event("added"), names)["DNSMASQ_DOMAIN"]).toBe("example.org");
    expect(variablesOf(event("added", lease({ hostName: NONE })))).not.toHaveProperty("DNSMASQ_DOMAIN");
  });

  it("has no control character in any variable, and each is bounded", () => {
    const every = Uint8Array.from({ length: 255 }, (_, i) => i);
    const circuit = Uint8Array.of(1, 200, ...every.subarray(0, 200));
    const request = { ...REQUEST, hostName: every, requestedOptions: every, userClass: every, mudUrl: every };
    const variables = variablesOf(
      event("added", lease({ vendorClass: every, clientId: every, agentInformation: circuit }), {
        request: { ...request, classes: ["a\nb c", "x".repeat(5000)] },
      }),
    );
    for (const [variable, value] of Object.entries(variables)) {
      expect(value, variable).not.toMatch(/\p{Cc}/u);
      expect(Buffer.byteLength(value), variable).toBeLessThanOrEqual(SCRIPT_VALUE_OCTETS_MAX);
    }
    expect(variables["DNSMASQ_CIRCUIT_ID"]).toMatch(/^00:01:02:/);
  });

  it("of user classes is taken apart where it is counted strings, and taken whole where not", () => {
    const classesOf = (text: string): Record<string, string> => {
      const variables = variablesOf(event("added", lease(), { request: { ...REQUEST, userClass: octets(text) } }));
      return Object.fromEntries(Object.entries(variables).filter(([name]) => name.includes("USER_CLASS")));
    };
    expect(classesOf("\x03abc\x03def")).toEqual({ DNSMASQ_USER_CLASS0: "abc", DNSMASQ_USER_CLASS1: "def" });
    expect(classesOf("iPXE")).toEqual({ DNSMASQ_USER_CLASS0: "iPXE" });
  });

  it("of a lease without an end has no time that remains", () => {
    const variables = variablesOf(event("added", lease({ endsAt: Number.POSITIVE_INFINITY })));
    expect(variables["DNSMASQ_LEASE_EXPIRES"]).toBe("0");
    expect(variables).not.toHaveProperty("DNSMASQ_TIME_REMAINING");
  });
});
