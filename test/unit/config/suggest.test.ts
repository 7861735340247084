import { describe, expect, it } from "vitest";
import { nearestWord } from "../../../src/config/language/suggest.ts";

const WORDS = ["range", "routers", "domain-name", "domain-name-servers", "host"];

describe("nearestWord", () => {
  it.each([
    ["rnage", "range"],
    ["rang", "range"],
    ["RANGES", "range"],
    ["router", "routers"],
    ["domian-name", "domain-name"],
    ["domain-name-server", "domain-name-servers"],
    ["hosts", "host"],
    ["frotz", undefined],
    ["", undefined],
    ["x", undefined],
    ["a".repeat(1499), undefined],
  ])("of %s is %s", (word, nearest) => {
    expect(nearestWord(word, WORDS)).toBe(nearest);
  });
});
