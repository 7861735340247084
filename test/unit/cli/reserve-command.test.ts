// `anydhcpctl reserve` with a real configuration on disk, and a daemon that answers as told.

import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RESERVE } from "../../../src/cli/reserve-command.ts";
import type { Lease, ReloadResult } from "../../../src/control/messages.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.199; }\n";
const CONFIG = `${SUBNET}include "dhcpd.reservations";\n`;
const DEVICE = "02:00:00:00:00:07";

let folder = "";
let configFile = "";
let reservations = "";
let socket = "";
let server: Server;
/** What the daemon says. */
let reload: ReloadResult;
let leases: Partial<Lease>[];
/** The commands that it was asked. */
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "reserve-"));
  mkdirSync(join(folder, "etc"));
  configFile = join(folder, "etc/dhcpd.conf");
  reservations = join(folder, "etc/dhcpd.reservations");
  socket = join(folder, "sock");
  writeFileSync(configFile, CONFIG);
  reload = { ok: true, message: `${configFile}: reloaded`, diagnostics: "" };
  leases = [];
  asked = [];
  server = createServer((client) => {
    createInterface({ input: client }).on("line", (line) => {
      const { command } = JSON.parse(line);
      asked.push(command);
      client.end(
        answersTo(command)
          .map((answer) => `${JSON.stringify(answer)}\n`)
          .join(""),
      );
    });
  }).listen(socket);
  await once(server, "listening");
});

const startedIn = process.cwd();
afterEach(() => {
  process.chdir(startedIn);
  vi.restoreAllMocks();
  server.close();
  rmSync(folder, { recursive: true });
});

function answersTo(command: string): readonly object[] {
  if (command === "leases") return [...leases.map(leaseOf), { count: leases.length }];
  return [reload];
}

function leaseOf(told: Partial<Lease>): Lease {
  return {
    ...{ address: "192.0.2.100", state: "bound", starts: "never", ends: "never", lastTransaction: "never" },
    ...{ hardware: "", clientId: "", hostName: "", agentInformation: "" },
    ...told,
  };
}

async function reserve(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const told = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      told[name] += String(text);
      return true;
    });
  const code = await RESERVE.run(["--control", socket, ...args]);
  vi.restoreAllMocks();
  return { code, ...told };
}

function reserved(): string {
  return existsSync(reservations) ? readFileSync(reservations, "latin1") : "";
}

it("finds the include by a relative path of the configuration with a directory in it", async () => {
  process.chdir(folder);
  const { code, stderr } = await reserve("-c", "etc/dhcpd.conf", DEVICE, "192.0.2.9", "tv");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(reserved()).toBe(`host tv { hardware ethernet ${DEVICE}; fixed-address 192.0.2.9; }\n`);
});
