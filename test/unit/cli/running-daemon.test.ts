// What a reload answers when it fails, and what is in force then.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RunningDaemon } from "../../../src/cli/running-daemon.ts";
import type { Logger } from "../../../src/log.ts";
import type { Server } from "../../../src/server/server.ts";
import { configOf } from "../../support/config-text.ts";
import { idlePace } from "../../support/paces.ts";

const GOOD = "subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.199; }\n";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "running-daemon-"));
  file = join(folder, "dhcpd.conf");
});

afterEach(() => rmSync(folder, { recursive: true }));

function daemonOf(reload: Server["reload"]): { daemon: RunningDaemon; onConfig: ReturnType<typeof vi.fn> } {
  const server = { reload, status: () => ({ subnets: [], leases: {} }) } as unknown as Server;
  const onConfig = vi.fn();
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() } as unknown as Logger;
  return {
    daemon: new RunningDaemon({
      ...{
        server,
        configFile: file,
        started: configOf(GOOD),
        foundAtStart: [],
        mayConnect: false,
        names: undefined,
        script: undefined,
        shield: undefined,
        version: "0",
        log,
        onConfig,
      },
      ...{ leaseFile: "dhcpd.leases", refused: undefined, pace: idlePace() },
    }),
    onConfig,
  };
}

describe("a reload", () => {
  it("of a wrong file does not touch the server, and says that the old configuration stays", async () => {
    writeFileSync(file, "subnet 192.0.2.0;\n");
    const reload = vi.fn();
    const { daemon, onConfig } = daemonOf(reload);
    const { ok, message } = await daemon.reload();
    expect({ ok, message }).toEqual({
      ok: false,
      message: `${file}: not reloaded: the old configuration stays in force`,
    });
    expect(reload).not.toHaveBeenCalled();
    expect(onConfig).not.toHaveBeenCalled();
  });

  it("that brings in host names does not touch the server, and says that it takes a restart", async () => {
    writeFileSync(file, `option domain-name-servers no-such-host.invalid;\n${GOOD}`);
    const reload = vi.fn();
    const { ok, message } = await daemonOf(reload).daemon.reload();
    expect(ok).toBe(false);
    expect(message).toMatch(
      /: not reloaded: it has host names, .* may not ask name servers: restart it: the old configuration stays in force$/,
    );
    expect(reload).not.toHaveBeenCalled();
  });

  it.each([
    ["cluster block", 'listen on 192.0.2.53; cluster { etcd "http://192.0.2.1"; name "a"; }'],
    ["event script", 'event-script "/bin/true";'],
    ["metrics statement", "metrics 127.0.0.1:9567;"],
  ])("with another %s does not touch the server, and says that nothing new is in force", async (what, text) => {
    writeFileSync(file, `${text}\n${GOOD}`);
    const reload = vi.fn();
    const { ok, message } = await daemonOf(reload).daemon.reload();
    const why = `the ${what} has changed, which takes a restart: the old configuration stays in force`;
    expect({ ok, message }).toEqual({ ok: false, message: `${file}: not reloaded: ${why}` });
    expect(reload).not.toHaveBeenCalled();
  });

  it("that fails within the server says that a restart is needed", async () => {
    writeFileSync(file, GOOD);
    const { daemon } = daemonOf(() => Promise.reject(new Error("no listener")));
    const { ok, message } = await daemon.reload();
    expect(ok).toBe(false);
    expect(message).toBe("no listener: the new configuration may be in force in part: restart the daemon");
  });
});

describe("a check of another file", () => {
  it("says of one that the daemon does not see that it lies outside the configuration's directory", async () => {
    const { daemon } = daemonOf(vi.fn());
    const message = `/nowhere/new.conf lies outside ${folder}, which is all that the daemon sees: copy it there and name the copy`;
    expect(await daemon.check("/nowhere/new.conf")).toEqual({ ok: false, message, diagnostics: "" });
  });

  it("says of one beside the configuration that is not there that there is no such file", async () => {
    const absent = join(folder, "new.conf");
    const { ok, message } = await daemonOf(vi.fn()).daemon.check(absent);
    expect(ok).toBe(false);
    expect(message).toContain(`${absent}: there is no such file`);
  });
});
