// Requests are read by hand where zod would be slow to load: the two readings agree.

import fc from "fast-check";
import { expect, it } from "vitest";
import { Request } from "../../../src/control/messages.ts";
import { COMMANDS, parseRequest } from "../../../src/control/request.ts";

it("has the commands of the schema", () => {
  expect([...COMMANDS].sort()).toEqual([...Request.shape.command.options].sort());
});

it.each(COMMANDS)("a request is a command: %s", (command) => {
  expect(parseRequest(JSON.stringify({ command }))).toBe(command);
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
];

it.each(REFUSED)("nothing else is one: %s", (line) => {
  expect(parseRequest(line)).toBeUndefined();
});

it("takes whatever the schema takes, and nothing else", () => {
  const value = fc.oneof(fc.constantFrom<unknown>(...COMMANDS, "stop", "", null, 1), fc.jsonValue());
  const object = fc.dictionary(fc.constantFrom("command", "more", "__proto__"), value, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.oneof(object, fc.jsonValue()), (request) => {
      const line = JSON.stringify(request);
      const read = Request.safeParse(JSON.parse(line));
      expect(parseRequest(line)).toBe(read.data?.command);
    }),
    { numRuns: 1000 },
  );
});
