import { describe, expect, it } from "vitest";
import { octetsOf, TOKEN_OCTETS_MAX, tokenize } from "../../../src/config/language/lexer.ts";
import { Report, Source } from "../../../src/config/language/source.ts";

function read(text: string): { tokens: string[]; complaints: string[] } {
  const report = new Report(new Source("f", text));
  const tokens = tokenize(report).map(({ kind, text: written }) => `${kind} ${written}`);
  return { tokens, complaints: report.finish().map((d) => `${d.line}:${d.column} ${d.severity} ${d.message}`) };
}

function stringOf(written: string): string {
  const { tokens, complaints } = read(written);
  expect(complaints).toEqual([]);
  expect(tokens).toHaveLength(2);
  return tokens[0]?.replace(/^string /, "") ?? "";
}

describe("tokenize", () => {
  it("splits words, marks and strings wherever white space stands or does not", () => {
    const { tokens, complaints } = read('subnet\t10.0.0.0\r\n\f\v{option x "a b";}# end { "\n-1 a_b');
    expect(complaints).toEqual([]);
    expect(tokens).toEqual([
      ..."word subnet,word 10,mark .,word 0,mark .,word 0,mark .,word 0,mark {".split(","),
      ..."word option,word x,string a b,mark ;,mark },word -1,word a_b,end ".split(","),
    ]);
  });

  it("ends in an end token even for an empty text", () => {
    expect(read("").tokens).toEqual(["end "]);
  });

  it.each([
    ["\xef\xbb\xbfa", "as octets"],
    ["\ufeffa", "as a character"],
  ])("skips a byte order mark %#", (text) => {
    expect(read(text).tokens).toEqual(["word a", "end "]);
  });

  it("takes a comment up to the end of its line only, and none inside a string", () => {
    expect(read('a # b\nc "d # e"').tokens).toEqual(["word a", "word c", "string d # e", "end "]);
  });

  it.each([
    ['"a\\"b"', 'a"b'],
    ['"a\\\\b"', "a\\b"],
    ['"a\\nb"', "a\nb"],
    ['"\\0"', "\0"],
    ['"\\0011"', "\x011"],
    ['"\\377"', "\xff"],
    ['"\\12a"', "\na"],
    ['"two\nlines"', "two\nlines"],
    ['"\xe9"', "\xe9"],
    ['"\u20ac\u00e9\u0416"', "\xe2\x82\xac\xe9\xd0\x96"],
  ])("reads the string %j", (written, content) => {
    expect(stringOf(written)).toBe(content);
  });

  it("warns of a backslash that has no effect and keeps the character", () => {
    expect(read('"\\q\\x"')).toEqual({
      tokens: ["string qx", "end "],
      complaints: [
        "1:2 warning the backslash has no effect in front of q",
        "1:4 warning the backslash has no effect in front of x",
      ],
    });
  });

  it("refuses an octal number that is no octet", () => {
    expect(read('"\\400"').complaints).toEqual(["1:2 error \\400 is no octet"]);
  });

  it("refuses comments of other languages and goes on behind them", () => {
    const { tokens, complaints } = read("a // b\nc /* d\ne */ f\n/* g\nh");
    expect(tokens).toEqual(["word a", "word c", "word f", "word h", "end "]);
    expect(complaints).toEqual([
      "1:3 error // is not a comment here",
      "2:3 error /* */ is not a comment here",
      "4:1 error /* */ is not a comment here",
    ]);
  });

  it("goes on behind the statement of a string without end", () => {
    const { tokens, complaints } = read('a "b; c\nd');
    expect(tokens).toEqual(["word a", "string b", "mark ;", "word c", "word d", "end "]);
    expect(complaints).toEqual(["1:3 error the string that starts here does not end within 1499 octets"]);
  });

  it("points to the first string over a line end when a later one has no end", () => {
    const report = new Report(new Source("f", 'x "a;\ny "b";\nz'));
    tokenize(report);
    const [diagnostic] = report.finish();
    expect(diagnostic).toMatchObject({ line: 2, column: 5, related: { line: 1, column: 3 } });
  });

  it("takes the longest string and word, and nothing longer", () => {
    const longest = "a".repeat(TOKEN_OCTETS_MAX);
    expect(read(`"${longest}" ${longest}`).complaints).toEqual([]);
    expect(read(`"${longest}a"`).complaints).toEqual([
      "1:1 error the string that starts here does not end within 1499 octets",
    ]);
    expect(read(` ${longest}a`).complaints).toEqual(["1:2 error this word has 1500 octets, the limit is 1499"]);
  });

  it("makes one token of a run of characters that no statement has", () => {
    expect(read("a \xe2\x80\x9cb\xe2\x80\x9d %*%").tokens).toEqual([
      "word a",
      "other \xe2\x80\x9c",
      "word b",
      "other \xe2\x80\x9d",
      "other %*%",
      "end ",
    ]);
  });
});

describe("octetsOf", () => {
  it("gives one octet a character", () => {
    expect([...octetsOf("a\xff\0")]).toEqual([97, 255, 0]);
  });
});
