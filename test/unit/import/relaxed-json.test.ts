// JSON with comments and commas behind last elements, every value with its line.

import { describe, expect, it } from "vitest";
import { JSON_DEPTH_MAX, type JsonNode, readRelaxedJson } from "../../../src/import/relaxed-json.ts";

/** A node as the value that it is. */
function plain(node: JsonNode): unknown {
  if (node.kind === "map") return Object.fromEntries(node.members.map(({ name, value }) => [name, plain(value)]));
  if (node.kind === "list") return node.items.map(plain);
  return node.kind === "null" ? null : node.value;
}

function read(text: string): unknown {
  const result = readRelaxedJson(text);
  return "message" in result ? `${result.line}: ${result.message}` : plain(result);
}

describe("readRelaxedJson", () => {
  it.each(['{"a": [1, -2.5e1, true, false, null, "x\\n\\"\\\\/"], "b": {}, "": []}', "[]", "3", '"x"'])(
    "reads %s as JSON.parse does",
    (text) => {
      expect(read(text)).toEqual(JSON.parse(text));
    },
  );

  it("passes comments of all kinds, and commas behind last elements", () => {
    expect(read('# a\n{ // b\n "x": /* c */ [1, 2,], # d\n /* e\n */ "y": 3,\n}// f')).toEqual({ x: [1, 2], y: 3 });
  });

  it("knows the line of every name and value", () => {
    const node = readRelaxedJson('{\n/*\n*/ "a":\n 1 }');
    expect(node).toEqual({
      kind: "map",
      line: 1,
      members: [{ name: "a", line: 3, value: { kind: "number", line: 4, value: 1 } }],
    });
  });

  it("gives escaped characters as octets of UTF-8", () => {
    expect(read('"\\u0041\\u00e9\\u20ac"')).toBe("A\xc3\xa9\xe2\x82\xac");
  });

  it.each([
    ["", '1: a value is missing: { }, [ ], "text", a number, true or false'],
    ["{", '1: a name between " and " is missing, or }'],
    ['{"a" 1}', '1: : is missing behind "a"'],
    ['{"a": 1 "b": 2}', "1: , or } is missing"],
    ["[1\n2]", "2: , or ] is missing"],
    ['"a\nb"', "1: a string does not end"],
    ["1 2", "1: something stands behind the end"],
    ['{ "a": <?include "b"?> }', "1: put the file's text in place of the <?include?>"],
    ["[".repeat(JSON_DEPTH_MAX + 2), "1: maps and lists are nested too deeply"],
  ])("says what is wrong with %j", (text, message) => {
    expect(read(text)).toBe(message);
  });
});
