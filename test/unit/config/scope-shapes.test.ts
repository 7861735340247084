// That all scopes are of one shape to V8: code that reads their fields is slower otherwise. In a file of its own: what V8 has
// learnt of a place in the code stays for the whole process.

import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";

const NETWORKS = 40;

it("makes scopes of two shapes at most, whatever is set in them", () => {
  setFlagsFromString("--allow-natives-syntax");
  const haveSameShape = runInThisContext("(a, b) => %HaveSameMap(a, b)");
  const subnets = Array.from(
    { length: NETWORKS },
    (_, i) => `subnet 10.${i}.0.0 netmask 255.255.0.0 {
      range 10.${i}.1.0 10.${i}.1.9;
      default-lease-time ${600 + i};
      ${i % 2 === 0 ? 'next-server 10.0.0.1; filename "x";' : "ping-check off;"}
    }`,
  );
  const { config } = loadConfig("scopes", subnets.join("\n"));
  const scopes = (config?.subnets ?? []).map(({ scope }) => scope);
  expect(scopes).toHaveLength(NETWORKS);
  const shapes = scopes.filter((one, at) => scopes.findIndex((other) => haveSameShape(one, other)) === at);
  expect(shapes.length).toBeLessThanOrEqual(2);
});
