import { describe, expect, it } from "vitest";
import { main } from "./main.ts";

/** What a command line writes, and its exit status. */
function run(...words: string[]): { text: string; status: number } {
  let text = "";
  const status = main(words, (more) => {
    text += more;
  });
  return { text, status };
}

describe("npm run sim", () => {
  it("says how a wrong rule was found: the seed, the rule and what led to it", () => {
    const { text, status } = run("--mutant", "ack-before-commit", "--seeds", "20");
    expect(status).toBe(1);
    const [, seed = "", rule = ""] = /^seed (\d+): (.*): client \d+, 10\.77\./m.exec(text) ?? [];
    expect(Number(seed)).toBeGreaterThan(0);
    expect(rule).toBe("ACK without its commit");
    expect(text).toContain("ACK of 10.77.");
    expect(text).toMatch(/^seeds 1 to 20: \d+ with a violation; \d+ events in /m);
  });

  it("writes each line of a seed's trace, or those about something", () => {
    const { text } = run("--seed", "1", "--trace", "--about", "client 1 ");
    const lines = text.split("\n").filter((line) => /^ +\d+\.\d{3} /.test(line));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !line.includes("client 1 "))).toEqual([]);
  });

  it("refuses a wrong rule that there is not", () => {
    expect(() => run("--mutant", "nothing")).toThrow("no mutant is named nothing");
  });
});
