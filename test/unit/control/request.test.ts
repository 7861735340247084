// Requests are read by hand where zod would be slow to load: the two readings agree.

import fc from "fast-check";
import { expect, it } from "vitest";
import { COMMANDS, otherVersion, parseRequest } from "../../../src/control/request.ts";
import { Request } from "../../../src/control/requests.ts";
import { CONTROL_VERSION } from "../../../src/control/version.ts";

it("has the commands of the schema", () => {
  const schemas = Request.options.flatMap(({ shape: { command } }) =>
    "options" in command ? command.options : [...command.values],
  );
  expect([...COMMANDS].sort()).toEqual([...schemas].sort());
});

const NEEDY = ["explain", "explain-query", "explain-address", "release", "forgive", "reserve", "check"];

it.each(COMMANDS.filter((command) => !NEEDY.includes(command)))("a request is a command: %s", (command) => {
  expect(parseRequest(JSON.stringify({ command }))).toEqual({ command });
});

it("events takes the token of the last one that was read", () => {
  const request = { command: "events", resume: "abc-12" };
  expect(parseRequest(JSON.stringify(request))).toEqual(request);
});

const EXPLAIN = { command: "explain", hardware: "02:00:00:00:00:07", type: "discover", options: [] };

it("explain takes a client and how its message comes", () => {
  const whole = {
    ...EXPLAIN,
    ...{ via: "lan0", giaddr: "10.0.0.1", from: "10.9.0.2", ciaddr: "10.0.0.2", requested: "10.0.0.3" },
    options: [{ code: 60, value: "61:62" }],
  };
  for (const request of [EXPLAIN, whole]) expect(parseRequest(JSON.stringify(request))).toEqual(request);
});

it("explain takes a captured message, or an address", () => {
  const captured = { command: "explain-query", query: "01:01", to: "10.0.0.1", from: "0.0.0.0", port: 68 };
  for (const request of [captured, { ...captured, via: "lan0" }, { command: "explain-address", address: "10.0.0.9" }])
    expect(parseRequest(JSON.stringify(request))).toEqual(request);
  for (const wrong of [{ query: "" }, { query: Array(1501).fill("02").join(":") }, { port: 65_536 }, { to: "lan0" }]) {
    const line = JSON.stringify({ ...captured, ...wrong });
    expect(parseRequest(line), line).toBeUndefined();
    expect(Request.safeParse(JSON.parse(line)).success).toBe(false);
  }
});

it("a page of leases may be asked for from an address on, and by a search; a device may be given an address", () => {
  const page = { command: "lease-page", states: ["bound"], search: "tv", after: "10.0.0.9" };
  const reserve = { command: "reserve", address: "10.0.0.9", hardware: "02:00:00:00:00:07" };
  for (const request of [page, { command: "lease-page" }, reserve, { ...reserve, name: "lamp-2.kitchen" }])
    expect(parseRequest(JSON.stringify(request))).toEqual(request);
  const wrong = [
    { ...page, search: "x".repeat(101) },
    { ...page, after: "lan" },
    { ...reserve, hardware: "02:00" },
  ];
  for (const request of [
    ...wrong,
    { ...reserve, name: "a b" },
    { ...reserve, name: "x; }" },
    { ...reserve, address: "" },
  ]) {
    expect(parseRequest(JSON.stringify(request)), JSON.stringify(request)).toBeUndefined();
    expect(Request.safeParse(request).success).toBe(false);
  }
});

it("leases may be asked for that all members hold of; one lease may be ended", () => {
  const filter = { subnet: "10.0.0.0/8", states: ["bound", "abandoned"], hardware: "02aa", name: "tv" };
  const one = { command: "release", address: "10.0.0.9" };
  for (const request of [{ command: "leases", ...filter }, one, { ...one, command: "forgive" }])
    expect(parseRequest(JSON.stringify(request))).toEqual(request);
  for (const wrong of [
    { subnet: "lan" },
    { states: ["leased"] },
    { states: "bound" },
    { hardware: "02:aa" },
    { name: 1 },
  ]) {
    const line = JSON.stringify({ command: "leases", ...wrong });
    expect(parseRequest(line), line).toBeUndefined();
    expect(Request.safeParse(JSON.parse(line)).success).toBe(false);
  }
});

it("a request may say which version of the protocol its sender speaks, and another one is told apart", () => {
  const request = { command: "status", protocol: CONTROL_VERSION };
  expect(parseRequest(JSON.stringify(request))).toEqual(request);
  const other = JSON.stringify({ command: "whatever", protocol: CONTROL_VERSION + 1 });
  expect([parseRequest(other), otherVersion(other)]).toEqual([undefined, CONTROL_VERSION + 1]);
  for (const line of [JSON.stringify(request), "null", "{", '{"protocol":"2"}'])
    expect(otherVersion(line), line).toBeUndefined();
});

const REFUSED = [
  "",
  "status",
  '"status"',
  "null",
  "[]",
  '["status"]',
  "{}",
  '{"command":"stop"}',
  '{"command":["status"]}',
  '{"command":"status","more":1}',
  '{"command":"toString"}',
  '{"__proto__":{"command":"status"}}',
  '{"command":"events","resume":1}',
  '{"command":"events","token":"a-1"}',
  `{"command":"events","resume":"${"a".repeat(41)}"}`,
  '{"command":"explain"}',
  ...[
    { hardware: "" },
    { hardware: "2:0" },
    { hardware: Array(17).fill("02").join(":") },
    { type: "offer" },
    { via: 1 },
    { giaddr: "10.0.0" },
    { options: [{ code: 0, value: "" }] },
    { options: [{ code: 255, value: "" }] },
    { options: [{ code: 60, value: "6" }] },
    { options: [{ code: 60, value: Array(256).fill("02").join(":") }] },
    { options: [{ code: 60, value: "61", more: 1 }] },
    { options: Array(65).fill({ code: 60, value: "" }) },
    { more: 1 },
  ].map((wrong) => JSON.stringify({ ...EXPLAIN, ...wrong })),
];

it.each(REFUSED)("nothing else is one: %s", (line) => {
  expect(parseRequest(line)).toBeUndefined();
  if (/^[{[]/.test(line)) expect(Request.safeParse(JSON.parse(line)).success).toBe(false);
});

it("takes whatever the schema takes, and nothing else", () => {
  const value = fc.oneof(fc.constantFrom<unknown>(...COMMANDS, "stop", "", null, 1), fc.jsonValue());
  const object = fc.dictionary(fc.constantFrom("command", "more", "__proto__"), value, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.oneof(object, fc.jsonValue()), (request) => {
      const line = JSON.stringify(request);
      const read = Request.safeParse(JSON.parse(line));
      expect(parseRequest(line)).toEqual(read.data);
    }),
    { numRuns: 1000 },
  );
});
