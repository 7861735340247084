// Which Node.js is supported is said in package.json, in README.md, and by what is tested.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

it("says the same of the supported versions of Node.js in package.json, README.md and the scripts that test them", () => {
  const script = read("scripts/test-node.sh");
  const tested = [...script.matchAll(/^(\d+)\) version=\1\.\d+\.\d+ ;;$/gm)].map(([, major]) => major);
  expect(tested).toEqual(["20", "22", "24", "26"]);
  const { engines } = JSON.parse(read("package.json"));
  const ranges: string[] = engines.node.split(" || ");
  expect(ranges.map((range) => /\d+/.exec(range)?.[0])).toEqual(tested);
  expect(JSON.parse(read("package-lock.json")).packages[""].engines).toEqual(engines);
  expect(read("README.md")).toContain("Node.js 20, 22, 24 or 26");
  expect(read(".ci/run")).toContain("npm run --silent test:node -- 24");
});
