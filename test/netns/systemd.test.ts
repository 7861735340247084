// The units in etc/systemd under a systemd that has booted: readiness, reload, restart, stop, what the journal gets, and
// how little they are let do.

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BootedSystem, INSTALLED, obstacleToBooting } from "../support/booted-system.ts";
import { debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { Scene, sceneConfig } from "../support/scene.ts";
import { RawClient } from "../support/wire-tools.ts";

const UNIT = readFileSync(new URL("../../etc/systemd/anydhcpd.service", import.meta.url), "utf8");
const CONFIG = "/etc/dhcpd.conf";
const CTL = `${INSTALLED}/bin/anydhcpctl`;
/** For what systemd does after a pause of its own, several times over. */
const PATIENT_MS = 60_000;

let scene: Scene;
let system: BootedSystem;
/** Why there is no system to try the unit on. */
let obstacle: string | undefined;

describe("the systemd unit", () => {
  beforeAll(async () => {
    obstacle = mayMakeNetworks ? await obstacleToBooting() : "needs root";
    if (obstacle !== undefined) return;
    scene = await Scene.create();
    try {
      system = await BootedSystem.boot(scene.network, scene.server);
    } catch (error) {
      // The unit has no part in this yet: it is the machine that cannot.
      obstacle = `systemd does not boot here: ${error instanceof Error ? error.message : error}`;
      return;
    }
    for (const user of ["_anydhcpd", "_anydhcpd-helper"])
      await system.exec("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", user);
    await system.write("/etc/systemd/system/anydhcpd.service", UNIT);
    await system.write(CONFIG, sceneConfig());
    await system.exec("systemctl", "daemon-reload");
  }, 180_000);
  afterAll(() => scene?.network.dispose());
  beforeEach((context) => {
    if (obstacle !== undefined) context.skip(obstacle);
  });

  async function show(property: string): Promise<string> {
    return (await system.exec("systemctl", "show", "--value", "--property", property, "anydhcpd")).trim();
  }

  function journal(...args: string[]): Promise<string> {
    return system.exec("journalctl", "--unit=anydhcpd", "--output=cat", "--no-pager", ...args);
  }

  /** Whether what the unit allows lets the server make Node's own threads nicer than the one that serves, and batch work. */
  async function othersAreNicer(): Promise<boolean> {
    const pid = await show("MainPID");
    const all = await system.exec("sh", "-c", `cat /proc/${pid}/stat /proc/${pid}/task/*/stat`);
    const threads = all.trim().split("\n");
    // proc(5): the 19th word and the 41st, two fewer behind the name; 3 is SCHED_BATCH.
    const words = threads.map((line) => line.split(") ").at(-1)?.split(" ") ?? []);
    const [main = { nice: 0, policy: 0 }, ...others] = words.map((of) => ({
      nice: Number(of[16]),
      policy: Number(of[38]),
    }));
    return (
      main.policy === 0 && others.filter(({ nice, policy }) => nice === main.nice + 10 && policy === 3).length >= 4
    );
  }

  it("starts, and says when it serves and what [U1, U17]", async () => {
    await system.exec("systemctl", "start", "anydhcpd");
    expect(await show("ActiveState")).toBe("active");
    expect(await show("StatusText")).toBe("serving 2 subnets, 0 leases");
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease("02:00:00:00:00:07")).message.yiaddr).toMatch(/^192\.168\.77\./);
    expect(await othersAreNicer()).toBe(true);
  });

  it("writes text to the journal, with priorities [U5]", async () => {
    const all = await journal();
    expect(all).toMatch(/^DHCPACK on 192\.168\.77\.\d+ to 02:00:00:00:00:07 via lan0 /m);
    expect(all).not.toMatch(/^[{<]|^\d\d:\d\d:\d\d /m);
    expect(await journal("--priority=warning")).not.toContain("DHCPACK");
    // What the unit forbids takes nothing from the launcher.
    expect(all).not.toMatch(/private root|opened beforehand|no control socket/);
  });

  it("reloads by systemctl reload [U1, U25]", async () => {
    await system.write(
      CONFIG,
      `${sceneConfig()}subnet 172.20.0.0 netmask 255.255.0.0 { range 172.20.0.1 172.20.0.9; }`,
    );
    await system.exec("systemctl", "reload", "anydhcpd");
    expect(await show("ActiveState")).toBe("active");
    expect(await show("StatusText")).toMatch(/^serving 3 subnets, 1 lease; configuration reloaded at \S+Z$/);
    const status = JSON.parse(await system.exec(CTL, "status", "--json"));
    expect(status.lastReload).toMatchObject({ ok: true });
    expect(await journal()).toContain("new subnets: 172.20.0.0/16");
  });

  it("has a reload fail that is refused, with the reason in the journal as an error [U1, U5, U17]", async () => {
    const pid = await show("MainPID");
    await system.write(CONFIG, `${sceneConfig()}subnet nonsense;\n`);
    expect((await system.run("systemctl", "reload", "anydhcpd")).code).not.toBe(0);
    expect([await show("ActiveState"), await show("MainPID")]).toEqual(["active", pid]);
    expect(await show("StatusText")).toMatch(/was refused, the configuration before it stays in force$/);
    const errors = await journal("--priority=err");
    expect(errors).toMatch(/^error: \/etc\/dhcpd\.conf:\d+:8: /m);
    expect(errors).toContain("error: /etc/dhcpd.conf: not reloaded: the old configuration stays in force");
  });

  it("does not start with a configuration that is refused, and says why as an error [U5]", async () => {
    await system.exec("systemctl", "stop", "anydhcpd");
    expect((await system.run("systemctl", "start", "anydhcpd")).code).not.toBe(0);
    expect(await journal("--priority=err")).toMatch(/^\/etc\/dhcpd\.conf:\d+:8: error: /m);
    // Not "activating", as where systemd is about to try again.
    expect([await show("ActiveState"), await show("ExecMainStatus")]).toEqual(["failed", "78"]);
    await system.write("/etc/systemd/system/anydhcpd.service", UNIT.replace(/^(ExecStart=.*)$/m, "$1 --nonsense"));
    await system.exec("systemctl", "daemon-reload");
    expect((await system.run("systemctl", "start", "anydhcpd")).code).not.toBe(0);
    expect([await show("ActiveState"), await show("ExecMainStatus")]).toEqual(["failed", "2"]);
    await system.write("/etc/systemd/system/anydhcpd.service", UNIT);
    await system.exec("systemctl", "daemon-reload");
    await system.write(CONFIG, sceneConfig());
    await system.exec("systemctl", "reset-failed", "anydhcpd");
    await system.exec("systemctl", "start", "anydhcpd");
  });

  it("serves when a configuration that is late is there, and says so until then", async () => {
    await system.exec("systemctl", "stop", "anydhcpd");
    const parts = "/etc/dhcpd.d/rest.conf";
    await system.exec("rm", CONFIG);
    expect((await system.run("systemctl", "start", "anydhcpd")).code).not.toBe(0);
    const triedAgain = async (text: string, from: number): Promise<boolean> =>
      [await show("ActiveState"), await show("ExecMainStatus")].join(" ") === "activating 66" &&
      Number(await show("NRestarts")) > from &&
      (await journal("--priority=err")).includes(text);
    await eventually("it is tried again", () => triedAgain(`${CONFIG}: there is no such file`, 1), PATIENT_MS);
    const tries = Number(await show("NRestarts"));
    await system.write(CONFIG, `include "${parts}";\n`);
    const missed = `${parts} cannot be included: there is no such file`;
    await eventually("the file that it includes is missed", () => triedAgain(missed, tries), PATIENT_MS);
    await system.exec("mkdir", "/etc/dhcpd.d");
    await system.write(parts, sceneConfig());
    await eventually("it serves", async () => (await show("ActiveState")) === "active", PATIENT_MS);
    await system.write(CONFIG, sceneConfig());
  });

  it("has the file systems of its configuration and its leases mounted first", async () => {
    await system.exec("systemctl", "stop", "anydhcpd");
    await system.exec("mkdir", "-p", "/var/late", "/etc/systemd/system/anydhcpd.service.d");
    await system.exec("cp", CONFIG, "/var/late/dhcpd.conf");
    const mount = (what: string, where: string): string => `[Mount]\nWhat=${what}\nWhere=${where}\nOptions=bind\n`;
    await system.exec("mkdir", "-p", "/var/leases");
    await system.write("/etc/systemd/system/srv-late.mount", mount("/var/late", "/srv/late"));
    await system.write("/etc/systemd/system/var-lib-anydhcpd.mount", mount("/var/leases", "/var/lib/anydhcpd"));
    const start = `[Service]\nExecStart=\nExecStart=${INSTALLED}/bin/anydhcpd -c /srv/late/dhcpd.conf\n`;
    const dropIn = "/etc/systemd/system/anydhcpd.service.d/late.conf";
    await system.write(dropIn, `[Unit]\nRequiresMountsFor=/srv/late/dhcpd.conf\n${start}`);
    await system.exec("systemctl", "daemon-reload");
    await system.exec("systemctl", "start", "anydhcpd");
    expect(await show("ActiveState")).toBe("active");
    expect((await system.run("test", "-f", "/var/leases/dhcpd.leases")).code).toBe(0);
    await system.exec("systemctl", "stop", "anydhcpd", "var-lib-anydhcpd.mount");
    await system.exec("rm", dropIn, "/etc/systemd/system/srv-late.mount", "/etc/systemd/system/var-lib-anydhcpd.mount");
    await system.exec("systemctl", "daemon-reload");
    await system.exec("systemctl", "start", "anydhcpd");
  });

  it("serves without a kernel shield that is refused, and says so as an error", async () => {
    const dropIn = "/etc/systemd/system/anydhcpd.service.d/shield.conf";
    const start = `ExecStart=\nExecStart=${INSTALLED}/bin/anydhcpd --shield xdp -c ${CONFIG}\n`;
    await system.exec("mkdir", "-p", dirname(dropIn));
    await system.write(dropIn, `[Service]\n${start}SystemCallFilter=~bpf\n`);
    await system.exec("systemctl", "daemon-reload");
    await system.exec("systemctl", "restart", "anydhcpd");
    expect(await show("ActiveState")).toBe("active");
    const errors = await journal("--priority=err");
    expect(errors).toContain("the kernel refuses the shield its maps (Operation not permitted)");
    expect(errors).toContain("clients are served without the kernel shield until the daemon is restarted");
    expect(await system.exec(CTL, "health")).toMatch(
      /^healthy\n[\s\S]*^ {2}warning +shield +the process of the kernel/m,
    );
    await system.exec("rm", dropIn);
    await system.exec("systemctl", "daemon-reload");
    await system.exec("systemctl", "restart", "anydhcpd");
  });

  it("serves again by itself after it was killed, with its leases [U1]", async () => {
    const pid = await show("MainPID");
    // Never 0, which is whoever asks.
    expect(Number(pid)).toBeGreaterThan(1);
    await system.exec("kill", "-9", pid);
    await eventually("another process serves", async () => {
      const now = await show("MainPID");
      return now !== "0" && now !== pid && (await show("ActiveState")) === "active";
    });
    const { stdout } = await system.run(CTL, "leases");
    expect(stdout).toMatch(/^192\.168\.77\.\d+ +bound +dynamic .* 02:00:00:00:00:07 /m);
  });

  /** Reservations of the status page and names of clients, as docs/status-page.md and docs/names.md set them up. */
  async function expectFilesBesideLeases(): Promise<void> {
    const reservations = "/var/lib/anydhcpd/dhcpd.reservations";
    const names = "/var/lib/anydhcpd-names";
    const config = `include "${reservations}";\nhosts-file "${names}/hosts";\nddns-domainname "lan.example";\n${sceneConfig()}`;
    await system.exec("sh", "-c", `[ -e ${reservations} ] || install -m 644 /dev/null ${reservations}`);
    await system.write(CONFIG, config);
    await system.exec("systemctl", "restart", "anydhcpd");
    expect(await system.run(`${INSTALLED}/bin/anydhcpd`, "-n", "-c", CONFIG)).toMatchObject({ code: 0 });
    for (const host of ["one", "two"]) {
      await system.write(
        CONFIG,
        `${config}host ${host} { hardware ethernet 02:00:00:00:01:01; fixed-address 192.168.77.201; }\n`,
      );
      await system.exec("systemctl", "reload", "anydhcpd");
      // The daemon can still write both directories.
      await eventually("the names of the new configuration are written", async () => {
        const { stdout } = await system.run("cat", `${names}/hosts`);
        return stdout.includes(`192.168.77.201 ${host}.lan.example ${host}\n`);
      });
    }
    expect(await system.exec("stat", "-c", "%U %a", "/var/lib/anydhcpd", names)).toBe("_anydhcpd 755\n".repeat(2));
    expect(await journal("--since=-5s")).not.toMatch(/opened beforehand|may not write/);
  }

  it("shows the server what lies beside its leases, and lets it write names, through a restart and reloads", async () => {
    await expectFilesBesideLeases();
  });

  it("lets unbound be told the names, by the follower's own unit", async (context) => {
    const [server, control] = [
      await debianTool("unbound", "usr/sbin/unbound"),
      await debianTool("unbound", "usr/sbin/unbound-control"),
    ];
    if (server === undefined || control === undefined) return context.skip("Debian's unbound cannot be had");
    const config = "/etc/unbound-names.conf";
    await system.write(
      config,
      `server:
  interface: 127.0.0.1
  port: 5301
  username: "unbound"
  chroot: ""
  directory: "/"
  pidfile: ""
  module-config: "iterator"
  local-zone: "lan.example." static
remote-control:
  control-enable: yes
  control-interface: "/run/unbound.ctl"
`,
    );
    await system.run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "unbound");
    await system.exec("systemd-run", "--unit=unbound", server, "-d", "-c", config);
    await system.exec("cp", `${INSTALLED}/etc/names/anydhcpd-unbound.service`, "/etc/systemd/system/");
    // Where unbound is unpacked here.
    const own = `[Service]\nEnvironment="UNBOUND_CONTROL=${control} -c ${config}"\nProtectHome=no\n`;
    await system.exec("mkdir", "-p", "/etc/systemd/system/anydhcpd-unbound.service.d");
    await system.write("/etc/systemd/system/anydhcpd-unbound.service.d/test.conf", own);
    await system.exec("systemctl", "daemon-reload");
    await system.exec("systemctl", "start", "anydhcpd-unbound");
    const said = (): Promise<string> =>
      system.exec("journalctl", "--unit=anydhcpd-unbound", "--output=cat", "--no-pager");
    await eventually("unbound has the name", async () => {
      const { stdout } = await system.run(control, "-c", config, "list_local_data");
      return stdout.includes("two.lan.example.\t30\tIN\tA\t192.168.77.201");
    }).catch(async (error: unknown) => {
      throw new Error(await said(), { cause: error });
    });
    await system.exec("systemctl", "stop", "anydhcpd-unbound", "unbound");
  });

  it("runs an event script as a user of its own", async () => {
    const script = "/usr/local/sbin/lease-changed";
    await system.exec("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "_anydhcpd-script");
    await system.write(script, `#!/bin/sh\necho "told $1 $2, user $(id -un)"\n`);
    await system.exec("chmod", "755", script);
    await system.write(CONFIG, `event-script "${script}";\n${sceneConfig()}`);
    await system.exec("systemctl", "restart", "anydhcpd");
    const told = "event script: told old 02:00:00:00:00:07, user _anydhcpd-script";
    await eventually("the journal has what it says", async () => (await journal()).includes(told));
  });

  it("leaves nothing behind when it is stopped [U19]", async () => {
    expect((await system.run("test", "-S", "/run/anydhcpd/control.sock")).code).toBe(0);
    await system.exec("systemctl", "stop", "anydhcpd");
    expect(await show("ActiveState")).toBe("inactive");
    expect(await show("Result")).toBe("success");
    expect((await system.run("test", "-e", "/run/anydhcpd/control.sock")).code).toBe(1);
    expect(await scene.server.exec(["cat", "/proc/net/udp"])).not.toMatch(/:0043 /);
  });

  it.each([
    ["anydhcpd.service", 4],
    ["split/anydhcpd.service", 1.2],
    ["split/anydhcpd-helper@.service", 2.1],
    ["split/anydhcpd-firewall@.service", 1.6],
    ["split/anydhcpd-script@.service", 1.6],
    ["split/anydhcpd-shield@.service", 1.6],
  ])("is let do little, as systemd-analyze counts it: %s at most %d [U21, B15]", async (unit, most) => {
    const path = `${INSTALLED}/etc/systemd/${unit}`;
    const text = await system.exec("systemd-analyze", "security", "--no-pager", "--offline=true", path);
    expect(Number(/Overall exposure level for \S+: (\d+\.\d)/.exec(text)?.[1] ?? 10)).toBeLessThanOrEqual(most);
  });

  it("serves in two units, of which the server's never has a capability", async () => {
    await system.exec("sh", "-c", `cp ${INSTALLED}/etc/systemd/split/* /etc/systemd/system/`);
    await system.exec("systemctl", "daemon-reload");
    await system.exec("systemctl", "start", "anydhcpd-helper.socket", "anydhcpd-script.socket", "anydhcpd.socket");
    await system.exec("systemctl", "start", "anydhcpd.service");
    expect(await show("ActiveState")).toBe("active");
    expect(await othersAreNicer()).toBe(true);
    const client = await RawClient.start(scene.client, "eth0");
    expect((await client.lease("02:00:00:00:00:08")).message.yiaddr).toMatch(/^192\.168\.77\./);
    const text = await system.exec("cat", `/proc/${await show("MainPID")}/status`);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      expect(text).toMatch(`${set}:\t0000000000000000`);
    expect(text).toMatch(/^Seccomp:\t2$/m);
    expect(JSON.parse(await system.exec(CTL, "status", "--json")).listeners.length).toBeGreaterThan(0);
    await system.write(CONFIG, `event-script "/usr/local/sbin/lease-changed";\n${sceneConfig()}\n# changed\n`);
    await system.exec("systemctl", "reload", "anydhcpd");
    await system.exec("systemctl", "restart", "anydhcpd");
    expect((await client.lease("02:00:00:00:00:09")).message.yiaddr).toMatch(/^192\.168\.77\./);
    const told = "event script: told add 02:00:00:00:00:09, user _anydhcpd-script";
    await eventually("the journal has what the script says", async () => (await journal()).includes(told));
    await expectFilesBesideLeases();
    await system.exec("systemctl", "stop", "anydhcpd.service");
    await eventually("the helper has ended", async () => {
      const { stdout } = await system.run("systemctl", "list-units", "--no-legend", "anydhcpd-helper@*");
      return stdout.trim() === "";
    });
  });

  it("is not started in two units by being asked, whether it was stopped or is refused", async () => {
    const noSocket = { code: 1, stderr: expect.stringContaining("there is no such socket: anydhcpd is not running") };
    expect(await system.run(CTL, "status")).toMatchObject(noSocket);
    expect(await show("ActiveState")).toBe("inactive");
    await system.write(CONFIG, "subnet nonsense;\n");
    expect((await system.run("systemctl", "start", "anydhcpd.service")).code).not.toBe(0);
    const starts = async (): Promise<number> => (await journal()).split("subnet nonsense;").length;
    const before = await starts();
    for (let i = 0; i < 3; i++) expect(await system.run(CTL, "status")).toMatchObject(noSocket);
    expect([await show("ActiveState"), await starts()]).toEqual(["failed", before]);
    await system.exec("rm", CONFIG);
    expect((await system.run("systemctl", "start", "anydhcpd.service")).code).not.toBe(0);
    const tries = Number(await show("NRestarts"));
    // More often than systemd starts what has no such line by default.
    await eventually(
      "it is tried again and again",
      async () => Number(await show("NRestarts")) > tries + 5,
      PATIENT_MS,
    );
    await system.write(CONFIG, sceneConfig());
    await eventually("it serves", async () => (await show("ActiveState")) === "active", PATIENT_MS);
    await system.exec("kill", "-9", await show("MainPID"));
    await eventually("it serves again", async () => (await system.run(CTL, "health")).code === 0, PATIENT_MS);
    await system.exec("systemctl", "stop", "anydhcpd.service");
  });
});
