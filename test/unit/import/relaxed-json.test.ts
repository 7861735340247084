// JSON with comments and commas behind last elements, every value with its line.

import { describe, expect, it } from "vitest";
import type { FileReader } from "../../../src/config/language/include.ts";
import type { Position } from "../../../src/import/notice.ts";
import { JSON_DEPTH_MAX, type JsonNode, readRelaxedJson } from "../../../src/import/relaxed-json.ts";

/** A node as the value that it is. */
function plain(node: JsonNode): unknown {
  if (node.kind === "map") return Object.fromEntries(node.members.map(({ name, value }) => [name, plain(value)]));
  if (node.kind === "list") return node.items.map(plain);
  return node.kind === "null" ? null : node.value;
}

const FILES: Readonly<Record<string, string>> = {
  "members.json": '"c": 3, # the rest\n<?include "list.json"?>',
  "list.json": '\n"d": [4,\n  5]',
  "bad.json": '"c":\n  }',
  "loop.json": '<?include "loop.json"?>',
};
const readFile: FileReader = (path) => {
  const text = FILES[path];
  return text === undefined ? { problem: "there is no such file" } : { text };
};

function placeText({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function read(text: string): unknown {
  const result = readRelaxedJson("f", text, readFile);
  return "message" in result ? `${placeText(result.place)}: ${result.message}` : plain(result);
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

  it("knows the place of every name and value", () => {
    const node = readRelaxedJson("f", '{\n/*\n*/ "a":\n 1 }', readFile);
    const at = (line: number, column: number): Position => ({ file: "f", line, column });
    expect(node).toEqual({
      kind: "map",
      place: at(1, 1),
      members: [{ name: "a", place: at(3, 4), value: { kind: "number", place: at(4, 2), value: 1 } }],
    });
  });

  it("reads other files where they are included, one in another, and knows what stands in which [C14]", () => {
    const text = '{ "a": 1,\n <?include "members.json"?>\n, "b": 2 }';
    expect(read(text)).toEqual({ a: 1, b: 2, c: 3, d: [4, 5] });
    const node = readRelaxedJson("f", text, readFile);
    const members = "kind" in node && node.kind === "map" ? node.members : [];
    expect(members.map(({ name, place }) => `${name} ${placeText(place)}`)).toEqual([
      "a f:1:3",
      "c members.json:1:1",
      "d list.json:2:1",
      "b f:3:3",
    ]);
  });

  it("gives escaped characters as octets of UTF-8", () => {
    expect(read('"\\u0041\\u00e9\\u20ac"')).toBe("A\xc3\xa9\xe2\x82\xac");
  });

  it.each([
    ["", 'f:1:1: a value is missing: { }, [ ], "text", a number, true or false'],
    ["{", 'f:1:2: a name between " and " is missing, or }'],
    ['{"a" 1}', 'f:1:6: : is missing behind "a"'],
    ['{"a": 1 "b": 2}', "f:1:9: , or } is missing"],
    ["[1\n2]", "f:2:1: , or ] is missing"],
    ['"a\nb"', "f:1:3: a string does not end"],
    ["1 2", "f:1:3: the file goes on behind the end of its map"],
    ['{ "a":\n <?include "b"?> }', "f:2:2: b: there is no such file"],
    ['{ <?include "bad.json"?> }', 'bad.json:2:3: a value is missing: { }, [ ], "text", a number, true or false'],
    ['{ <?include "loop.json"?> }', "loop.json:1:1: loop.json: files include one another without an end"],
    ["{ <?include x?> }", 'f:1:3: <?include "FILE"?> was expected'],
    ["[".repeat(JSON_DEPTH_MAX + 2), `f:1:${JSON_DEPTH_MAX + 2}: maps and lists are nested too deeply`],
  ])("says what is wrong with %j", (text, message) => {
    expect(read(text)).toBe(message);
  });
});
