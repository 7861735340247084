import { describe, expect, it } from "vitest";
import { DIAGNOSTICS_MAX } from "../../../src/base/limits/config.ts";
import { formatDiagnostic } from "../../../src/config/language/diagnostic-text.ts";
import { Report, Source } from "../../../src/config/language/source.ts";

function format(text: string, at: number, message = "wrong"): string {
  const report = new Report(new Source("f", text));
  report.error(at, message);
  return report
    .finish()
    .map((diagnostic) => formatDiagnostic(diagnostic, report.source))
    .join("");
}

describe("Source", () => {
  it("finds line and column of every offset", () => {
    const source = new Source("f", "ab\n\ncd");
    const places = [0, 1, 2, 3, 4, 5, 6].map((at) => `${source.place(at).line}:${source.place(at).column}`);
    expect(places).toEqual(["1:1", "1:2", "1:3", "2:1", "3:1", "3:2", "3:3"]);
  });

  it("gives lines without their ends, and none outside the text", () => {
    const source = new Source("f", "ab\r\ncd");
    expect([source.line(1), source.line(2), source.line(3), source.line(0)]).toEqual(["ab", "cd", "", ""]);
  });
});

describe("formatDiagnostic", () => {
  it("keeps tabs, so that the caret stands under its column", () => {
    expect(format("\tab\tcd", 4)).toBe("f:1:5: error: wrong\n\tab\tcd\n\t  \t^\n");
  });

  it("shows UTF-8 as characters and counts them as one column of the caret line", () => {
    expect(format("\xc3\xa4\xe2\x82\xac x", 6)).toBe("f:1:7: error: wrong\nä€ x\n   ^\n");
  });

  it("replaces what a terminal could obey, in the line and in the message", () => {
    expect(format("a\x1b[2Jb\x7f\xff", 6, "bad \x1b\x9b")).toBe("f:1:7: error: bad ??\na?[2Jb?ÿ\n      ^\n");
  });

  it("cuts long lines around the column", () => {
    const shown = format(`${"a".repeat(500)}X${"b".repeat(500)}`, 500).split("\n");
    expect(shown[1]).toBe(`...${"a".repeat(80)}X${"b".repeat(39)}...`);
    expect(shown[2]).toBe(`${" ".repeat(83)}^`);
  });

  it("shows no line where there is none", () => {
    expect(format("a\n", 2)).toBe("f:2:1: error: wrong\n");
  });
});

describe("Report", () => {
  it("sorts by place, stops at the limit of each severity, and says what it left out", () => {
    const report = new Report(new Source("f", "a\nb"));
    report.warning(2, "late");
    for (let i = 0; i < DIAGNOSTICS_MAX + 2; i++) report.error(0, `error ${i}`);
    const all = report.finish();
    expect(all).toHaveLength(DIAGNOSTICS_MAX + 2);
    expect(all.at(0)?.message).toBe("error 0");
    expect(all.at(-2)?.message).toBe("late");
    expect(all.at(-1)?.message).toBe("2 more errors are not shown");
    expect(report.hasErrors).toBe(true);
  });

  it("counts warnings and notices as no errors", () => {
    const report = new Report(new Source("f", "a"));
    report.warning(0, "w");
    report.notice(0, "n");
    expect(report.hasErrors).toBe(false);
  });
});
