// What `anydhcpctl explain` asks the daemon for a line of its log.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EXPLAIN } from "../../../src/cli/explain-command.ts";

const DECLINED = "10.0.0.5 was declined by 02:00:00:00:00:07: another host uses it; it may be offered again via=lan0";

let folder = "";
let path = "";
let server: Server;
let asked: Record<string, unknown>[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "explain-"));
  path = join(folder, "sock");
  asked = [];
  server = createServer((client) => {
    createInterface({ input: client }).on("line", (line) => {
      asked.push(JSON.parse(line));
      client.end(`${JSON.stringify({ error: "that is enough", protocol: 1 })}\n`);
    });
  }).listen(path);
  await once(server, "listening");
});
afterEach(() => {
  vi.restoreAllMocks();
  server.close();
  rmSync(folder, { recursive: true });
});

it("is about the address where the line says that it was declined: its client does not have it any more", async () => {
  await expect(EXPLAIN.run(["--control", path, DECLINED])).rejects.toThrow("that is enough");
  expect(asked).toMatchObject([{ command: "explain-address", address: "10.0.0.5" }]);
});

it("is about the message of such a line where a flag says more of it", async () => {
  await expect(EXPLAIN.run(["--control", path, "--type", "request", DECLINED])).rejects.toThrow("that is enough");
  expect(asked).toMatchObject([{ command: "explain", type: "request", hardware: "02:00:00:00:00:07" }]);
});

it("takes a line as journalctl -o json has it", async () => {
  const line = JSON.stringify({ MESSAGE: "DHCPREQUEST for 10.0.0.5 from 02:00:00:00:00:07 via lan0", _PID: "1" });
  await expect(EXPLAIN.run(["--control", path, line])).rejects.toThrow("that is enough");
  expect(asked).toMatchObject([{ command: "explain", type: "request", requested: "10.0.0.5", via: "lan0" }]);
});
