// What anydhcpctl does where the daemon does not answer.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { ask } from "../../../src/cli/control-client.ts";
import { Status } from "../../../src/control/messages.ts";

it("gives up on a daemon that takes the connection and says nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "control-"));
  const path = join(folder, "sock");
  const server = createServer(() => undefined).listen(path);
  await once(server, "listening");
  const setTimeoutOf = Socket.prototype.setTimeout;
  const waits: number[] = [];
  vi.spyOn(Socket.prototype, "setTimeout").mockImplementation(function (this: Socket, ms, then) {
    waits.push(ms);
    return setTimeoutOf.call(this, 20, then);
  });
  await expect(ask(path, "status", Status)).rejects.toThrow(`${path}: no answer for 5 seconds`);
  expect(waits).toEqual([5000]);
  vi.restoreAllMocks();
  server.close();
  rmSync(folder, { recursive: true });
});
