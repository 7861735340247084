// That the rehearsal does not part the objects that the server has made before it from later ones. In a file of its own:
// what V8 has learnt of a class stays for the whole process.

import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { REHEARSAL_PAUSE_MS, REHEARSAL_SLICES } from "../../../src/base/limits/overload.ts";
import { Decision } from "../../../src/engine/decision.ts";
import { LeaseTable } from "../../../src/lease/table/table.ts";
import { openLog } from "../../../src/log.ts";
import { Rehearsal } from "../../../src/server/rehearsal.ts";
import { ForgetfulStore } from "../../../src/server/rehearsal-store.ts";
import { ArrivalSlot } from "../../../src/wire/arrival.ts";
import { Query } from "../../../src/wire/query.ts";
import { Reply } from "../../../src/wire/reply.ts";
import { KEYS } from "../../support/engine-world.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const log = openLog({ verbose: false, readable: false, fd: 1, journal: false, colour: false });
log.level = "silent";
const clock = { wall: () => 1_800_000_000, monotonic: () => 1000.5 };

const MADE: Readonly<Record<string, () => object>> = {
  decision: () => new Decision(),
  reply: () => new Reply(),
  arrival: () => new ArrivalSlot(),
  query: () => new Query(),
};

function begin(): Rehearsal {
  const nothing = (): void => undefined;
  const parts = { keys: KEYS, clock, log, backend: { name: "udp" } };
  return new Rehearsal({ ...parts, memory: { note: nothing, releaseProgram: nothing }, isIdle: () => true });
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("leaves the server's objects in the shape that code was compiled for in the rehearsal", async () => {
  setFlagsFromString("--allow-natives-syntax");
  const haveSameShape = runInThisContext("(a, b) => %HaveSameMap(a, b)");
  const before = Object.values(MADE).map((make) => make());
  begin();
  await vi.advanceTimersByTimeAsync(2 * REHEARSAL_SLICES * REHEARSAL_PAUSE_MS);
  const shapes = Object.entries(MADE).map(([name, make], index) => [name, haveSameShape(before[index], make())]);
  expect(shapes).toEqual(Object.keys(MADE).map((name) => [name, true]));
});

it("meets stores of five shapes, so that its code takes the server's, which has yet another one", () => {
  setFlagsFromString("--allow-natives-syntax");
  const haveSameShape = runInThisContext("(a, b) => %HaveSameMap(a, b)");
  const table = new LeaseTable([], KEYS);
  const stores = [0, 1, 2, 3, 4].map((stage) => new ForgetfulStore(table, stage));
  const pairs = stores.flatMap((one, at) => stores.slice(at + 1).map((other) => [one, other] as const));
  expect(pairs.filter(([one, other]) => haveSameShape(one, other))).toHaveLength(0);
});

it("gives its pipeline parts of the shape that the server's has", async () => {
  setFlagsFromString("--allow-natives-syntax");
  const haveSameShape = runInThisContext("(a, b) => %HaveSameMap(a, b)");
  const { server } = await SimulatedServer.start("subnet 10.0.0.0 netmask 255.255.255.0 { }");
  const rehearsal = begin();
  expect(haveSameShape(server["pipeline"]["parts"], rehearsal["stage"]["pipeline"]["parts"])).toBe(true);
  rehearsal.stop();
  await server.stop();
});
