// What `anydhcpctl status` says of firewall sets.

import { expect, it } from "vitest";
import { formatStatus } from "../../../src/cli/status-command.ts";
import type { Status } from "../../../src/control/messages.ts";

const STATUS: Status = {
  ...{ version: "0", protocol: 1, pid: 1, startedAt: "2026-01-01T00:00:00Z", uptimeSeconds: 1, configFile: "" },
  ...{ backend: "udp", listeners: [], store: "ready", leases: {}, subnets: [], counters: {} },
};

it.each([
  ["leased", 1, "ok, 1 leased address"],
  ["leased", 2, "ok, 2 leased addresses"],
  ["abandoned", 1, "ok, 1 address abandoned or in use by other hosts"],
  ["abandoned", 0, "ok, 0 addresses abandoned or in use by other hosts"],
  ["changed", 0, "ok, addresses are taken out when another client gets them"],
] as const)("says what a set of %s addresses with %i elements has", (addresses, elements, text) => {
  const status = {
    ...STATUS,
    firewallSets: [{ name: "inet dhcp set", addresses, condition: "ok", elements }],
  } as const;
  expect(formatStatus(status)).toMatch(new RegExp(`^firewall set +inet dhcp set: ${text}$`, "m"));
});
