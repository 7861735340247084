// BOOTP clients from a range are given addresses for ever, so these are checked first, too.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated-server.ts";

const TEXT = "subnet 10.0.0.0 netmask 255.255.255.0 { range dynamic-bootp 10.0.0.50 10.0.0.51; }";
const A = "02:00:5e:00:53:21";
const B = "02:00:5e:00:53:22";

let world: SimulatedServer;

function answerPing(address: string): void {
  const echo = world.backend.echoes.findLast(({ destination }) => destination === address);
  const source = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  world.backend.onEcho(source, echo?.identifier ?? 0, echo?.sequence ?? 0);
}

beforeEach(() => vi.useFakeTimers());

afterEach(async () => {
  await world.server.stop();
  vi.useRealTimers();
});

describe("a BOOTP client's address of a range", () => {
  it("is pinged before it is given, and one that answers is passed over [R2]", async () => {
    world = await SimulatedServer.start(
      `subnet 10.0.0.0 netmask 255.255.255.0 { ping-ahead off; range dynamic-bootp 10.0.0.50 10.0.0.51; }`,
    );
    world.send({ type: 0, chaddr: A });
    const [first] = world.backend.echoes;
    expect(first?.destination).toMatch(/^10\.0\.0\.5[01]$/);
    expect(first?.source).toBe("10.0.0.1");
    expect(world.backend.sent).toHaveLength(0);
    answerPing(first?.destination ?? "");
    const second = first?.destination === "10.0.0.50" ? "10.0.0.51" : "10.0.0.50";
    expect(world.backend.echoes.at(-1)?.destination).toBe(second);
    world.store.finish();
    expect(world.backend.sent).toHaveLength(0);
    world.pass(1100);
    world.store.finish();
    expect(world.addresses).toEqual([second]);
    expect(world.stateOf(second)).toBe("bound");
    expect(world.stateOf(first?.destination ?? "")).toBe("abandoned");
    world.send({ type: 0, chaddr: B });
    world.pass(1100);
    expect(world.addresses).toEqual([second]);
  });

  it("is another one, or none, when somebody is known to answer for it [R2]", async () => {
    world = await SimulatedServer.start(TEXT);
    world.backend.answering.push(0x0a00_0032);
    world.pass(15_000);
    world.send({ type: 0, chaddr: A });
    world.store.finish();
    expect(world.addresses).toEqual(["10.0.0.51"]);
    world.send({ type: 0, chaddr: B });
    world.pass(1100);
    expect(world.addresses).toEqual(["10.0.0.51"]);
    expect(world.stateOf("10.0.0.50")).toBe("free");
    // Whoever has one is answered at once.
    world.pass(10_000);
    world.send({ type: 0, chaddr: A, xid: 9 });
    world.store.finish();
    expect(world.addresses).toEqual(["10.0.0.51", "10.0.0.51"]);
  });

  it("is given unchecked, and stored first, where nobody can be pinged [R2]", async () => {
    world = await SimulatedServer.start(TEXT);
    world.backend.canEcho = false;
    world.send({ type: 0, chaddr: A });
    expect(world.store.commits).toEqual([1]);
    expect(world.backend.sent).toHaveLength(0);
    world.store.finish();
    expect(world.addresses).toHaveLength(1);
    expect(world.stateOf(world.addresses[0] ?? "")).toBe("bound");
    expect(world.server.status().counters).toMatchObject({ "bootp-dynamic": 1 });
  });
});
