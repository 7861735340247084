// A reload of a daemon's configuration from a real file, over a simulated server.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ConfigReload } from "../../../src/cli/config-reload.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { openLog } from "../../../src/log.ts";
import { configOf } from "../../support/config-text.ts";
import { SimulatedServer } from "../../support/simulated-server.ts";

const CLIENT = "02:00:00:00:00:01";
const PLAIN = `default-lease-time 600; ping-check off;
subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.10 10.0.0.99; SETS } }
`;
const WITH_SETS = PLAIN.replace("SETS", "firewall-set nft inet dhcp guests;");
const WITHOUT_SETS = PLAIN.replace("SETS", "");

let folder = "";

beforeAll(() => vi.useFakeTimers({ toFake: ["setTimeout", "setInterval"] }));
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "config-reload-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A server with a lease under one configuration, the file that it reads, and the lines of its log. */
async function daemon(text: string) {
  const world = await SimulatedServer.start(text, ["10.0.0.1/24"]);
  const address = world.lease(CLIENT);
  const configFile = join(folder, "dhcpd.conf");
  const log = openLog({ verbose: false, readable: false, fd: 1 });
  const lines: string[] = [];
  vi.spyOn(log, "info").mockImplementation((_: unknown, line?: string) => void lines.push(line ?? ""));
  vi.spyOn(log, "error").mockImplementation(() => undefined);
  const { server } = world;
  const { config: started = configOf(text), diagnostics: foundAtStart } = loadConfig(configFile, text);
  const parts = { server, configFile, started, foundAtStart, mayConnect: false, log, onConfig: () => undefined };
  const config = new ConfigReload(parts);
  const reload = (changed: string, confirm?: number) => {
    writeFileSync(configFile, changed);
    return config.reload(confirm);
  };
  return { address, lines, reload };
}

it("tells who leaves a firewall set, also where nobody asks for the effects, and the log has it", async () => {
  const { address, lines, reload } = await daemon(WITH_SETS);
  const host = `host one { hardware ethernet ${CLIENT}; fixed-address ${address}; }`;
  const { ok, effects } = await reload(WITH_SETS + host);
  expect({ ok, sets: effects?.firewallSets }).toEqual({
    ok: true,
    sets: [{ name: "inet dhcp guests", left: { count: 1, first: [address] }, entered: { count: 0, first: [] } }],
  });
  expect(lines).toContain(`1 client leaves the firewall set inet dhcp guests: ${address}`);
  expect((await reload(WITH_SETS, 0)).effects).toMatchObject({
    affected: 0,
    firewallSets: [{ entered: { count: 1 } }],
  });
});

it("keeps the old configuration where a client that nobody has confirmed leaves a firewall set", async () => {
  const { reload } = await daemon(WITH_SETS);
  expect(await reload(WITHOUT_SETS, 0)).toMatchObject({ ok: false, effects: { affected: 1 } });
});

it("looks at no lease where neither configuration has a firewall set and nobody asks for the effects", async () => {
  const { reload } = await daemon(WITHOUT_SETS);
  const { ok, effects } = await reload(`${WITHOUT_SETS} option domain-name-servers 10.0.0.2;`);
  expect({ ok, effects }).toEqual({ ok: true, effects: undefined });
});

it("logs a notice at the reload that brings it, with its place, and not again while it stays", async () => {
  const reserved = (last: number): string =>
    `host h${last} { hardware ethernet 02:00:00:00:01:${last}; fixed-address 10.0.0.${last}; }\n`;
  const { lines, reload } = await daemon(WITHOUT_SETS + reserved(20));
  const told = async (text: string): Promise<readonly string[]> => {
    lines.length = 0;
    expect(await reload(text)).toMatchObject({
      ok: true,
      diagnostics: text.includes("host") ? expect.stringContaining("taken out") : "",
    });
    return lines.filter((line) => line.includes("taken out"));
  };
  expect(await told(WITHOUT_SETS + reserved(20))).toEqual([]);
  expect(await told(`# a line more\n${WITHOUT_SETS}${reserved(20)}`)).toEqual([]);
  const both = [expect.stringMatching(/dhcpd\.conf:2:\d+: 2 addresses are taken out of this range/)];
  expect(await told(WITHOUT_SETS + reserved(20) + reserved(21))).toEqual(both);
  expect(await told(WITHOUT_SETS + reserved(20) + reserved(21))).toEqual([]);
  expect(await told(WITHOUT_SETS)).toEqual([]);
  expect(await told(WITHOUT_SETS + reserved(20) + reserved(21))).toEqual(both);
});
