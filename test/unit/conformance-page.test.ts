// How docs/conformance.md is made of clauses and test results.

import { describe, expect, it } from "vitest";
import type { Rfc } from "../conformance/clauses/clause.ts";
import { conformancePage, idsIn, mistakesIn, type Proof, plainTitle, titlesIn } from "../support/conformance-page.ts";

const RFC: Rfc = {
  number: 9999,
  title: "An Example",
  clauses: [
    { id: "1-1", level: "MUST", text: "Be good." },
    { id: "1-2", level: "SHOULD", text: "Be better.", differs: "good is enough" },
    { id: "2-1", level: "MUST NOT", text: "Be <bad|worse>." },
  ],
};

function proof(ids: readonly string[], verdict: Proof["verdict"] = "passes", title = "is good"): Proof {
  return { file: "conformance/example.test.ts", title, ids, verdict };
}

function rowOf(page: string, id: string): string {
  return page.split("\n").find((line) => line.startsWith(`| ${id} |`)) ?? "";
}

describe("a test's title", () => {
  it("names clauses in square brackets, several with one RFC's number", () => {
    expect(idsIn("is good [2131 4.1-2, 4.1-3, 1542 2-1] and more [951 1-1]")).toEqual([
      "2131 4.1-2",
      "2131 4.1-3",
      "1542 2-1",
      "951 1-1",
    ]);
    expect(idsIn("is good")).toEqual([]);
    expect(plainTitle("is good [2131 4.1-2]")).toBe("is good");
  });

  it("is found in the source of a file that did not run", () => {
    const source = ["is good [2131 4.1-2]", "is bad"].map((title) => `it("${title}", () => {});`).join("\n");
    expect(titlesIn(source)).toEqual(["is good [2131 4.1-2]"]);
  });
});

describe("the page", () => {
  it("says of each clause whether it holds, differs, fails or has no test", () => {
    const page = conformancePage([RFC], [proof(["9999 1-1"])], "");
    expect(rowOf(page, "1-1")).toBe("| 1-1 | MUST | Be good. | holds | passes: conformance/example: is good |");
    expect(rowOf(page, "1-2")).toContain("| differs | *Differs:* good is enough |");
    expect(rowOf(page, "2-1")).toBe("| 2-1 | MUST NOT | Be &lt;bad/worse>. | **no test** |  |");
    expect(page).toContain("| [RFC 9999](#rfc-9999) | An Example | 3 | 1 | 1 | 1 | 0 |");
    const failed = conformancePage([RFC], [proof(["9999 1-1"]), proof(["9999 1-1"], "fails", "a")], "");
    expect(rowOf(failed, "1-1")).toContain("| **fails** | fails: conformance/example: a<br>passes:");
  });

  it("is the same in whatever order the tests ran", () => {
    const proofs = ["d", "b", "a", "c"].map((title) => proof(["9999 1-1"], "passes", title));
    const page = conformancePage([RFC], proofs, "");
    expect(conformancePage([RFC], [...proofs].reverse(), "")).toBe(page);
    expect(rowOf(page, "1-1")).toMatch(/example: a<br>passes: .*: b<br>passes: .*: c<br>and 1 more \|$/);
  });

  it("keeps the result of a test that has not run now, and only that test's", () => {
    const before = conformancePage([RFC], [proof(["9999 2-1"]), proof(["9999 1-2"], "passes", "b")], "");
    const later = [proof(["9999 2-1"], "not run"), proof(["9999 1-2"], "not run", "b")];
    expect(conformancePage([RFC], later, before)).toBe(before);
    const other = conformancePage([RFC], [proof(["9999 2-1"], "not run", "is other")], before);
    expect(rowOf(other, "2-1")).toContain("| **no test** | not run: conformance/example: is other |");
  });
});

describe("mistakes", () => {
  it("are identifiers that no list has, or that one has twice", () => {
    const twice: Rfc = { ...RFC, clauses: [...RFC.clauses, ...RFC.clauses.slice(0, 1)] };
    expect(mistakesIn([twice], [proof(["9999 7-1"])])).toEqual([
      "clause 9999 1-1 is listed twice",
      "test/conformance/example.test.ts names clause 9999 7-1, which test/conformance/clauses does not list",
    ]);
    expect(mistakesIn([RFC], [proof(["9999 1-1"])])).toEqual([]);
  });
});
