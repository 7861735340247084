// What is told of a lease beside its octets.

import { expect, it } from "vitest";
import { describeLease } from "../../../src/control/lease-description.ts";
import { Lease } from "../../../src/control/messages.ts";
import { readLeases } from "../../../src/lease/file/leases-file.ts";

function described(agent: string): Lease {
  const text = `lease 192.0.2.9 { starts 4 2026/11/26 10:00:00; ends never; hardware ethernet 02:00:5e:00:53:01; ${agent} }\n`;
  const bytes = new TextEncoder().encode(text);
  const leases: Lease[] = [];
  readLeases(
    bytes,
    0,
    bytes.length,
    (record) => leases.push(describeLease(record)),
    () => undefined,
    () => undefined,
  );
  return Lease.parse(leases[0]);
}

it("names the relay's circuit and remote identifier as the log does", () => {
  expect(described('option agent.circuit-id "ge-0/0/7"; option agent.remote-id 00:01:ff;')).toMatchObject({
    agentInformation: "01:08:67:65:2d:30:2f:30:2f:37:02:03:00:01:ff",
    circuitId: "ge-0/0/7",
    remoteId: "00:01:ff",
  });
});

it("has neither where no relay has said anything", () => {
  expect(Object.keys(described(""))).not.toContain("circuitId");
});
