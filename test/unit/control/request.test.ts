import { expect, it } from "vitest";
import { COMMANDS, parseRequest } from "../../../src/control/request.ts";

it.each(COMMANDS)("a request is a command: %s", (command) => {
  expect(parseRequest(JSON.stringify({ command }))).toBe(command);
});

it.each([
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
])("nothing else is one: %s", (line) => {
  expect(parseRequest(line)).toBeUndefined();
});
