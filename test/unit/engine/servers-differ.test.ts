// A server of a cluster whose servers have not agreed, or whose store was restored from a backup, gives no client an
// address that it does not use: it only renews leases.

import { beforeEach, expect, it } from "vitest";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
const SERVER = "10.0.0.1";
const CONFIG = `authoritative; ping-check off;
host printer { hardware ethernet ${C}; fixed-address 10.0.0.30; }
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.19; allow rapid-commit; }`;

let world: EngineWorld;

beforeEach(() => {
  const terms = { reserveSeconds: 600, clockSkewSeconds: 30 };
  world = new EngineWorld(
    CONFIG.replace("allow rapid-commit", "rapid-commit on"),
    [testInterface(2, "lan0", SERVER)],
    terms,
  );
});

function lease(chaddr: string): string {
  const requested = world.send({ type: 1, chaddr }).yiaddr;
  expect(world.send({ type: 3, chaddr, requested, serverId: SERVER }).reason).toMatch(/^ack-/);
  return requested;
}

it("offers a new client nothing, and ACKs nothing that it was offered", () => {
  const requested = world.send({ type: 1, chaddr: A }).yiaddr;
  world.serving.mayAllocate = false;
  expect(world.send({ type: 1, chaddr: B }).reason).toBe("drop-servers-differ");
  expect(world.send({ type: 1, chaddr: B, options: [[80, []]] }).reason).toBe("drop-servers-differ");
  expect(world.send({ type: 1, chaddr: C }).reason).toBe("drop-servers-differ");
  expect(world.send({ type: 3, chaddr: A, requested, serverId: SERVER }).reason).toBe("drop-servers-differ");
});

it("renews a lease", () => {
  const address = lease(A);
  world.serving.mayAllocate = false;
  world.now += 1000;
  const renewal = world.send({ type: 3, chaddr: A, ciaddr: address }, { to: SERVER, from: address });
  expect(renewal).toMatchObject({ reason: "ack-renew", yiaddr: address });
});

it("gives a client its own lease by no other way: a restored store may have forgotten whose it is by now", () => {
  const address = lease(A);
  world.serving.mayAllocate = false;
  world.now += 1000;
  for (const request of [
    { type: 1, chaddr: A },
    { type: 3, chaddr: A, requested: address, serverId: SERVER },
    { type: 3, chaddr: A, requested: address },
  ]) {
    expect(world.send(request).reason).toBe("drop-servers-differ");
  }
});

it("renews a lease that the store has lost", () => {
  world.serving.mayAllocate = false;
  const renewal = world.send({ type: 3, chaddr: A, ciaddr: "10.0.0.15" }, { to: SERVER, from: "10.0.0.15" });
  expect(renewal).toMatchObject({ reason: "ack-renew", yiaddr: "10.0.0.15" });
});
