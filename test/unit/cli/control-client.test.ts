// What anydhcpctl does where the daemon does not answer, answers late, or goes away within an answer.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ask, askForLeases } from "../../../src/cli/control-client.ts";
import { Status } from "../../../src/control/messages.ts";

const LEASE = JSON.stringify({
  ...{ address: "10.0.0.1", state: "bound", starts: "never", ends: "never", lastTransaction: "never" },
  ...{ hardware: "", clientId: "", hostName: "", agentInformation: "" },
});

let folder = "";
let path = "";
let server: Server;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "control-"));
  path = join(folder, "sock");
});
afterEach(() => {
  vi.restoreAllMocks();
  server.close();
  rmSync(folder, { recursive: true });
});

async function listen(onClient: (socket: Socket) => void): Promise<void> {
  server = createServer(onClient).listen(path);
  await once(server, "listening");
}

it("gives up on a daemon that takes the connection and says nothing", async () => {
  await listen(() => undefined);
  const setTimeoutOf = Socket.prototype.setTimeout;
  const waits: number[] = [];
  vi.spyOn(Socket.prototype, "setTimeout").mockImplementation(function (this: Socket, ms, then) {
    waits.push(ms);
    return setTimeoutOf.call(this, 20, then);
  });
  await expect(ask(path, "status", Status)).rejects.toThrow(`${path}: no answer for 5 seconds`);
  expect(waits).toEqual([5000]);
});

async function leasesOf(text: string): Promise<number> {
  await listen((socket) => socket.once("data", () => socket.end(text)));
  let count = 0;
  for await (const { address } of askForLeases(path, "leases")) count += address === "10.0.0.1" ? 1 : 0;
  return count;
}

it("takes an empty line for a sign of life within a list of leases", async () => {
  expect(await leasesOf(`\n${LEASE}\n\n${LEASE}\n{"count":2}\n`)).toBe(2);
});

it.each([
  ["without its end", `${LEASE}\n`],
  ["with leases missing", `${LEASE}\n{"count":2}\n`],
  ["with nothing", ""],
])("tells a list of leases %s from a whole one", async (_what, text) => {
  await expect(leasesOf(text)).rejects.toThrow("the daemon closed the connection after");
});
