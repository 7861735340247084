// Where a client is, as its message and its way show it: on the link that the message came in by, or behind a router.

import { expect, it } from "vitest";
import { EngineWorld, testInterface } from "../../support/engine-world.ts";

const A = "02:00:00:00:00:0a";

it.each([
  ["renews on the link of the interface", { from: "10.0.0.10", to: "10.0.0.1" }, "10.0.0.10", [0, false]],
  ["renews from behind a router", { from: "10.9.0.10", to: "10.0.0.1" }, "10.9.0.10", [1, true]],
  ["renews by broadcast, which no router lets through", { from: "10.9.0.10" }, "10.9.0.10", [0, false]],
  ["renews an address of no network of ours", { from: "192.0.2.1", to: "10.0.0.1" }, "192.0.2.1", [-1, true]],
])("a client that %s is on its link, routed or not", (_, arrival, ciaddr, expected) => {
  const world = new EngineWorld(
    `subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }
     subnet 10.9.0.0 netmask 255.255.255.0 { range 10.9.0.10 10.9.0.99; }`,
    [testInterface(2, "lan0", "10.0.0.1")],
  );
  world.send({ type: 3, chaddr: A, ciaddr }, arrival);
  expect([world.exchange.link, world.exchange.isRouted]).toEqual(expected);
  // Nothing of it is left for the next client.
  world.send({ type: 1, chaddr: A });
  expect([world.exchange.link, world.exchange.isRouted]).toEqual([0, false]);
});
