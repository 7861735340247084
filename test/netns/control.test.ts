// The control socket and anydhcpctl, with a daemon that serves: what is told, to whom, and a reload that is
// waited for.

import { chmodSync, existsSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CONTROL_CLIENTS_MAX } from "../../src/base/limits/control.ts";
import { AddressExplanation, Explanation } from "../../src/control/explain-messages.ts";
import { Health } from "../../src/control/health-messages.ts";
import { Lease, ReloadResult, Status } from "../../src/control/messages.ts";
import { ethernet, pcap, udpPacket } from "../support/capture-files.ts";
import { Daemon } from "../support/daemon.ts";
import { mayMakeNetworks, type Outcome } from "../support/network.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, nextXid, RawClient } from "../support/wire-tools.ts";

const ANYDHCPCTL = new URL("../../bin/anydhcpctl", import.meta.url).pathname;
const RESERVED = "02:00:00:00:00:07";
const NAMED = "02:00:00:00:00:08";
const OTHER = "02:00:00:00:00:09";
const HOSTS = `
host tv { hardware ethernet ${RESERVED}; fixed-address 192.168.77.30; }
host laptop { hardware ethernet ${NAMED}; }`;
const CONFIG = sceneConfig() + HOSTS;

let scene: Scene;
let daemon: Daemon;
let client: RawClient;

beforeAll(async () => {
  if (!mayMakeNetworks) return;
  scene = await Scene.create();
  daemon = await Daemon.start(scene.network, scene.server, { config: CONFIG, backend: "udp" });
  client = await RawClient.start(scene.client, "eth0");
});
afterAll(() => scene?.network.dispose());
beforeEach((context) => {
  if (!mayMakeNetworks) context.skip("needs root, or root of a user namespace");
});

function control(...args: string[]): Promise<Outcome> {
  const [command = "", ...rest] = args;
  return scene.server.run([ANYDHCPCTL, command, "--control", daemon.controlSocket, ...rest]);
}

describe("anydhcpctl leases", () => {
  it("lists by address what each lease is and whose [U11]", async () => {
    // "Müller", and an escape sequence.
    await client.lease(OTHER, { options: [[12, "4dc3bc6c6c65721b5b33316d"]] });
    await client.lease(RESERVED);
    await client.lease(NAMED, { options: [[12, "616e64726f6964"]] });
    const { code, stdout } = await control("leases");
    expect(code).toBe(0);
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    expect(head.split(/ +/)).toEqual("address state type remaining hardware subnet interface name".split(" "));
    const cells = rows.map((row) => row.split(/ {2,}| (?=\d\d? |0?2:|192|lan0|tv|lap|Mü|dyn|res)/));
    expect(cells[0]).toEqual([
      ...["192.168.77.30", "bound", "reserved", expect.stringMatching(/^(60|59) min$/)],
      ...[RESERVED, "192.168.77.0/24", "lan0", "tv"],
    ]);
    expect(rows.slice(1).map((row) => row.split(/ +/)[0])).toEqual(
      rows
        .slice(1)
        .map((row) => row.split(/ +/)[0] ?? "")
        .toSorted((a, b) => Number(a.split(".")[3]) - Number(b.split(".")[3])),
    );
    expect(stdout).toMatch(new RegExp(`dynamic +\\d+ min +${NAMED} 192.168.77.0/24 +lan0 +laptop \\(android\\)$`, "m"));
    expect(stdout).toMatch(/Müller\\x1b\[31m$/m);
  });

  it("tells all that is known as JSON, and only what is asked for [U11]", async () => {
    const { stdout } = await control("leases", "--json", "--name", "tv");
    expect(Lease.parse(JSON.parse(stdout))).toMatchObject({
      ...{ address: "192.168.77.30", state: "bound", hardware: RESERVED, host: "tv", reserved: true },
      ...{ subnet: "192.168.77.0/24", interface: "lan0" },
    });
    const { stdout: none } = await control("leases", "--json", "--hardware", RESERVED, "--subnet", "10.77.0.0/24");
    expect(none).toBe("");
  });

  it("says of a lease file what is true now, and that there is no such file [U11]", async () => {
    const ended = `lease 192.168.77.50 {
  starts 4 2020/01/02 03:04:05;
  ends 4 2020/01/02 04:04:05;
  binding state active;
  hardware ethernet 02:00:00:00:00:50;
}
`;
    const file = join(scene.network.directory, "old.leases");
    writeFileSync(file, ended);
    const { stdout } = await scene.server.run([ANYDHCPCTL, "leases", "-l", file]);
    expect(stdout).toMatch(/^192\.168\.77\.50 +expired +- +02:00:00:00:00:50$/m);
    const missing = await scene.server.run([ANYDHCPCTL, "leases", "-l", "/nonexistent"]);
    expect(missing).toEqual({ code: 1, stdout: "", stderr: "anydhcpctl: /nonexistent: there is no such file\n" });
  });
});

describe("anydhcpctl status", () => {
  it("says who serves, since when, by which file, and how full each subnet is [U10]", async () => {
    const { stdout } = await control("status", "--json");
    const status = Status.parse(JSON.parse(stdout));
    expect(status).toMatchObject({ version: "0.1.0", pid: daemon.pid, configFile: daemon.configFile, store: "ready" });
    expect(status.uptimeSeconds).toBeLessThan(600);
    expect(Date.parse(status.startedAt)).toBeLessThanOrEqual(Date.now());
    expect(status.leases["free"]).toBe(198);
    expect(status.subnets).toContainEqual({
      ...{ subnet: "192.168.77.0/24", size: 100, bound: 2, offered: 0 },
      ...{ abandoned: 0, inUse: 0, free: 98, reserved: 1, reservedBound: 1 },
    });
    const text = (await control("status")).stdout;
    expect(text).toMatch(new RegExp(`^anydhcpd +0\\.1\\.0, process ${daemon.pid}, udp backend$`, "m"));
    expect(text).toMatch(/^last reload +none$/m);
    expect(text).toMatch(/^192\.168\.77\.0\/24 .* 100 +2 +0 +0 +0 +98 +1 +1$/m);
    expect(text).toMatch(/^ack-selecting +\d+$/m);
  });
});

describe("anydhcpctl explain", () => {
  it("tells what the daemon answers a client then, by which line of the configuration, and changes nothing", async () => {
    const chaddr = "02:00:00:00:00:21";
    const { code, stdout } = await control(
      "explain",
      chaddr,
      "--json",
      "--option",
      "dhcp-parameter-request-list=01:33",
    );
    expect(code).toBe(0);
    const explanation = Explanation.parse(JSON.parse(stdout));
    expect((await control("leases")).stdout).not.toContain(chaddr);
    const options: [number, string][] = [[55, "0133"]];
    const offer = await client.ask({ type: "DISCOVER", chaddr, xid: nextXid(), options });
    expect(offer.message).toMatchObject({ type: "OFFER", yiaddr: explanation.address });
    expect(explanation.settings.find(({ name }) => name === "default-lease-time")?.at).toBe(`${daemon.configFile}:3:1`);
    const text = (await control("explain", RESERVED)).stdout;
    expect(text).toMatch(/^host +tv \(.*dhcpd\.conf:\d+:1\)$/m);
    expect(text).toMatch(/^result +DHCPOFFER of 192\.168\.77\.30 for 3600 seconds \(offer-reserved\)$/m);
    const nowhere = await control("explain", chaddr, "--via", "lan9");
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining("the daemon refuses: there is no interface lan9"),
    ]);
  });
});

describe("anydhcpctl explain of something else than a hardware address", () => {
  const chaddr = "02:00:00:00:00:22";

  it("tells of an address who has it, until when, of which pool it is, and what others would get [U12]", async () => {
    const { yiaddr } = (await client.lease(chaddr)).message;
    const { code, stdout } = await control("explain", yiaddr);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^subnet +192\.168\.77\.0\/24 \(.*dhcpd\.conf:\d+:1\)$/m);
    expect(stdout).toMatch(/^pool +192\.168\.77\.100 192\.168\.77\.199 \(.*dhcpd\.conf:\d+:9\)$/m);
    expect(stdout).toMatch(new RegExp(`^lease +bound, ${chaddr} via lan0, since .*Z, until .*Z$`, "m"));
    expect(stdout).toMatch(new RegExp(`^its client would get DHCPOFFER of ${yiaddr} for \\d+ seconds`, "m"));
    const relayed = await control("explain", OTHER, "--giaddr", "192.168.77.9", "--from", yiaddr);
    expect([relayed.code, relayed.stdout]).toEqual([1, expect.stringContaining("no answer (drop-no-relay)")]);
    expect(stdout).toMatch(/^others +that ask for it would get DHCPOFFER of 192\.168\.77\.1\d\d for 3600 seconds/m);
    const json = await control("explain", "--json", LAN_ADDRESS);
    expect(AddressExplanation.parse(JSON.parse(json.stdout)).withheld).toBe("it is this server's own address");
  });

  it("takes the client and how its message came out of a line of the daemon's own log [U12]", async () => {
    const line = daemon.program.lines.findLast((text) => text.includes('"DHCPACK"') && text.includes(chaddr)) ?? "";
    const { code, stdout } = await control("explain", line);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^message +DHCPREQUEST, sent to 255\.255\.255\.255$/m);
    expect(stdout).toMatch(/^listener +\S/m);
    expect(stdout).toMatch(/^result +DHCPACK of 192\.168\.77\.\d+ for \d+ seconds \(ack-/m);
    const none = await control("explain", "listening on 10.0.0.1 port 67");
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining("no line of the log about a message of a client"),
    ]);
  });

  it("explains each query of a capture as the daemon answers it [U12]", async () => {
    const query = { type: "DISCOVER", chaddr: RESERVED, xid: nextXid(), options: [[55, "0133"]] } as const;
    const { octets, replies } = await client.exchange({ message: query, expect: 1, waitMs: 3000 });
    const payload = Buffer.from(octets, "hex");
    const frames = [payload, payload.subarray(0, 100)].map((one) =>
      ethernet(udpPacket({ from: "0.0.0.0", to: "255.255.255.255", payload: one })),
    );
    const file = join(scene.network.directory, "queries.pcap");
    writeFileSync(file, pcap(1, frames));
    const { code, stdout } = await control("explain", "--pcap", file, "--via", "lan0", "--json");
    const [first, second] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => Explanation.parse(JSON.parse(line)));
    expect(first).toMatchObject({ reply: "DHCPOFFER", address: replies[0]?.message.yiaddr });
    expect(first?.options.map(({ code: number }) => number)).toEqual(replies[0]?.message.order);
    expect(second).toMatchObject({ message: "", reason: "malformed-length", reply: "" });
    expect(code).toBe(1);
    const text = await control("explain", "--pcap", file, "--via", "lan0");
    expect(text.stdout).toMatch(/^packet +1, from 0\.0\.0\.0 port 68\nmessage +DHCPDISCOVER, sent to/);
    const none = await control("explain", "--pcap", daemon.configFile);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("the file is no capture")]);
  });
});

describe("anydhcpctl reload", () => {
  it("waits, and says what is new [U1, U17]", async () => {
    daemon.configure(
      `${sceneConfig().replace("192.168.77.199", "192.168.77.99")}
host tv { hardware ethernet ${RESERVED}; fixed-address 192.168.77.30; }
subnet 172.20.0.0 netmask 255.255.0.0 { range 172.20.0.1 172.20.0.9; }`.replace(".77.100 ", ".77.90 "),
    );
    const { code, stdout, stderr } = await control("reload");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/dhcpd\.conf: reloaded\n/);
    expect(stdout).toContain("  new subnets: 172.20.0.0/16\n");
    expect(stdout).toContain("  changed subnets: 192.168.77.0/24\n");
    expect(stdout).toContain("  addresses newly served: ");
    expect(stdout).toContain("  hosts no longer declared: laptop\n");
    expect(stdout).toContain("  addresses no longer served: 100\n");
    expect(stdout).toMatch(/ {2}leases of such addresses: (?:192\.168\.77\.1\d\d(?:, )?){3}\n/);
    const status = Status.parse(JSON.parse((await control("status", "--json")).stdout));
    expect(status.lastReload).toMatchObject({ ok: true, message: `${daemon.configFile}: reloaded` });
  });

  it("shows what is wrong, with a caret, exits 1, and the old configuration stays [U17]", async () => {
    daemon.configure(`${CONFIG}\nsubnet nonsense;\n`);
    const mark = daemon.mark;
    const { code, stdout, stderr } = await control("reload");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const line = CONFIG.split("\n").length + 1;
    expect(stderr).toMatch(new RegExp(`dhcpd\\.conf:${line}:8: error: .*\\nsubnet nonsense;\\n {7}\\^\\n`));
    expect(stderr).toContain(": not reloaded: the old configuration stays in force\n");
    await daemon.waitForLog("not reloaded", mark);
    const status = Status.parse(JSON.parse((await control("status", "--json")).stdout));
    expect(status.lastReload).toMatchObject({ ok: false });
    expect(status.subnets.map(({ subnet }) => subnet)).toContain("172.20.0.0/16");
  });

  it("shows a notice each time, and logs it once, as what it is [U17]", async () => {
    const inRange = sceneConfig() + HOSTS.replace("192.168.77.30", "192.168.77.150");
    daemon.configure(inRange);
    const mark = daemon.mark;
    for (let i = 0; i < 2; i++)
      expect((await control("reload")).stderr).toMatch(/: notice: 192\.168\.77\.150 is taken out/);
    const told = daemon.program.lines.slice(mark).filter((line) => line.includes("is taken out"));
    expect(told.map((line) => JSON.parse(line).level)).toEqual([30]);
  });

  it("says what would become of the leases, and refuses above what is confirmed", async () => {
    daemon.configure(CONFIG);
    expect((await control("reload")).code).toBe(0);
    const { yiaddr } = (await client.lease("02:00:00:00:00:24")).message;
    const beside = join(dirname(daemon.configFile), "new.conf");
    const moved = CONFIG.replace("192.168.77.100 192.168.77.199", "192.168.77.200 192.168.77.210");
    writeFileSync(beside, moved);
    const checked = await control("check", "--running", beside);
    expect(checked).toMatchObject({ code: 0, stderr: "" });
    const [, count = ""] = /^ {2}(\d+) clients? gets? another address: /m.exec(checked.stdout) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(1);
    expect(checked.stdout).toContain(`${beside}: good; nothing is changed\n`);
    const outside = join(dirname(dirname(daemon.configFile)), "new.conf");
    writeFileSync(outside, moved);
    expect(await control("check", "--running", outside)).toMatchObject({
      code: 1,
      stderr: `${outside} lies outside ${dirname(daemon.configFile)}, which is all that the daemon sees: copy it there and name the copy\n`,
    });
    daemon.configure(moved);
    const refused = await control("reload", "--confirm", String(Number(count) - 1));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `: not reloaded: ${count} clients are affected, and ${Number(count) - 1} confirmed`,
    );
    const json = ReloadResult.parse(JSON.parse((await control("reload", "--confirm", count, "--json")).stdout));
    expect(json).toMatchObject({
      ok: true,
      effects: { affected: Number(count), otherAddress: { count: Number(count) } },
    });
    const message = {
      type: "REQUEST",
      chaddr: "02:00:00:00:00:24",
      xid: nextXid(),
      options: [[50, addressHex(yiaddr)]],
    } as const;
    expect((await client.ask(message)).message.type).toBe("NAK");
    daemon.configure(CONFIG);
    expect((await control("reload")).code).toBe(0);
  });

  it("is for root alone; a member of the group may read [U19]", async (context) => {
    const asMember = ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups"];
    if ((await scene.server.run([...asMember, "true"])).code !== 0) return context.skip("no other uid is mapped here");
    const ask = (request: string): Promise<Outcome> =>
      scene.server.run([...asMember, process.execPath, "-e", ASK, daemon.controlSocket, request]);
    const refused = await scene.server.run([...asMember, ANYDHCPCTL, "status", "--control", daemon.controlSocket]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /control\.sock: permission denied: (you are not in group \S+|only root may ask there)/,
    );
    const { mode } = statSync(daemon.controlSocket);
    chmodSync(dirname(daemon.controlSocket), 0o755);
    chmodSync(daemon.controlSocket, 0o666);
    try {
      const told = await ask("status");
      expect(told.stderr).toBe("");
      expect(Status.parse(JSON.parse(told.stdout)).pid).toBe(daemon.pid);
      expect(JSON.parse((await ask("reload")).stdout)).toEqual({
        error: "permission denied: only root may ask for reload",
        protocol: 1,
      });
    } finally {
      chmodSync(daemon.controlSocket, mode & 0o777);
    }
    expect(
      ReloadResult.parse(
        JSON.parse(await scene.server.exec([process.execPath, "-e", ASK, daemon.controlSocket, "reload"])),
      ).ok,
    ).toBe(true);
  });
});

describe("anydhcpctl health, drain and undrain", () => {
  it("tells whether clients should be sent there, for people and for programs [U11]", async () => {
    const { code, stdout } = await control("health");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^healthy\n {2}ok +drain /);
    const { stdout: json } = await control("health", "--json");
    expect(Health.parse(JSON.parse(json))).toMatchObject({ state: "healthy" });
  });

  it("take the daemon out of service and back [U11]", async () => {
    expect(await control("drain")).toMatchObject({ code: 0, stdout: "the server is drained and answers nothing\n" });
    expect(await control("health")).toMatchObject({ code: 1, stdout: expect.stringMatching(/^unhealthy\n {2}failed/) });
    expect((await control("status")).stdout).toMatch(
      /^drained +since .*Z: queries are not answered; anydhcpctl undrain/m,
    );
    for (const what of [OTHER, "192.168.77.150"]) {
      const drained = /^the server is drained: nothing is answered now; anydhcpctl undrain ends it/;
      expect(await control("explain", what)).toMatchObject({ code: 1, stdout: expect.stringMatching(drained) });
    }
    const message = { type: "DISCOVER", chaddr: OTHER, xid: 1 };
    expect(await client.exchange({ message, waitMs: 300 })).toMatchObject({ replies: [] });
    expect(await control("undrain")).toMatchObject({ code: 0, stdout: "the server is not drained\n" });
    expect(Status.parse(JSON.parse((await control("status", "--json")).stdout)).drain).toBeUndefined();
    expect((await control("explain", OTHER)).code).toBe(0);
    await client.lease(OTHER);
  });

  it("say that a daemon does not answer, and exit with status 1", async () => {
    const nowhere = ["--control", "/nowhere/control.sock"];
    const { code, stderr } = await scene.server.run([ANYDHCPCTL, "health", ...nowhere]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("/nowhere/control.sock: there is no such socket"),
    });
    const { stdout } = await scene.server.run([ANYDHCPCTL, "health", "--json", ...nowhere]);
    expect(JSON.parse(stdout)).toMatchObject({ state: "unhealthy" });
  });
});

describe("anydhcpctl release and forgive", () => {
  const chaddr = "02:00:00:00:00:23";

  it("end a lease, in the lease file before the answer, and the rest of a declined address", async () => {
    const { yiaddr, serverId } = (await client.lease(chaddr)).message;
    const told = await control("release", yiaddr);
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(`^${yiaddr} is released: `) });
    const text = readFileSync(daemon.leaseFile, "latin1");
    const record = text.slice(text.lastIndexOf(`lease ${yiaddr} {`));
    expect(record.slice(0, record.indexOf("}"))).toContain("binding state released;");
    expect((await control("leases", "--state", "released", "--json")).stdout).toContain(yiaddr);
    expect(await control("release", yiaddr)).toMatchObject({ code: 1, stderr: `${yiaddr} is not leased\n` });

    const again = (await client.lease(chaddr)).message.yiaddr;
    const options = [[50, addressHex(again)] as const, [54, addressHex(serverId)] as const];
    await client.exchange({ message: { type: "DECLINE", chaddr, xid: nextXid(), options }, expect: 0, waitMs: 300 });
    expect((await control("explain", again)).stdout).toMatch(new RegExp(`^because +declined by ${chaddr}$`, "m"));
    expect(await control("forgive", again, "--json")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"ok":true'),
    });
    const { lease } = AddressExplanation.parse(JSON.parse((await control("explain", again, "--json")).stdout));
    expect(lease).toMatchObject({ state: "released", hardware: "" });
    expect((await control("status")).stdout).toMatch(/ abandoned 0$/m);
    expect((await control("explain", again)).stdout).toMatch(/^lease +none is known; it was abandoned until /m);
    expect(await control("forgive", "10.0.0.1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("in no range"),
    });
    expect((await control("release")).code).toBe(2);
  });
});

describe("clients that only hold the socket", () => {
  it("make room for the operator, however many they are [B13]", async () => {
    const idle = scene.server.spawn([process.execPath, "-e", HOLD, daemon.controlSocket, String(CONTROL_CLIENTS_MAX)]);
    await idle.waitForLine((line) => line === "connected");
    for (let i = 0; i < 3; i++) expect((await control("status", "--json")).code).toBe(0);
    await idle.kill();
  });
});

describe("output that is lost in part", () => {
  it("is an error where the disk is full, and none where the reader has seen enough", async () => {
    const listing = `${ANYDHCPCTL} leases --control ${daemon.controlSocket}`;
    const full = await scene.server.run(["sh", "-c", `${listing} >/dev/full`]);
    expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(/^anydhcpctl: standard output: ENOSPC.*\n$/) });
    const unread = await scene.server.run(["bash", "-c", `${listing} | true; exit \${PIPESTATUS[0]}`]);
    expect(unread).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("anydhcpctl reserve", () => {
  const DEVICE = "02:00:00:00:00:31";

  function reserve(...args: string[]): Promise<Outcome> {
    return control("reserve", "-c", daemon.configFile, ...args);
  }

  it("says which line the configuration lacks, and makes no file", async () => {
    const { code, stderr } = await reserve("192.168.77.60", DEVICE);
    expect(code).toBe(1);
    const advice = `add this line to ${daemon.configFile}, and ask again:\n  include "${reservations()}";`;
    expect(stderr).toContain(advice);
    expect(existsSync(reservations())).toBe(false);
  });

  it("has a device keep the address that it has, by its name, from the next message on", async () => {
    writeFileSync(daemon.configFile, `${CONFIG}\ninclude "${reservations()}";\n`);
    const { yiaddr } = (await client.lease(DEVICE, { options: [[12, "74c3a97465"]] })).message;
    const { code, stdout, stderr } = await reserve(yiaddr);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const line = `host tte { hardware ethernet ${DEVICE}; fixed-address ${yiaddr}; }`;
    expect(stdout).toContain(line);
    expect(readFileSync(reservations(), "utf8")).toBe(`${line}\n`);
    const listed = await control("leases", "--json", "--hardware", DEVICE);
    expect(JSON.parse(listed.stdout)).toMatchObject({ address: yiaddr, reserved: true, host: "tte" });
  });

  it("refuses a second reservation of the device, of the address and of the name", async () => {
    const before = readFileSync(reservations(), "utf8");
    for (const wish of [
      [DEVICE, "192.168.77.61", "another"],
      ["192.168.77.30", "02:00:00:00:00:32"],
      ["192.168.77.61", "02:00:00:00:00:32", "tv"],
      [DEVICE],
    ])
      expect(await reserve(...wish)).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing is changed") });
    expect(readFileSync(reservations(), "utf8")).toBe(before);
  });

  it("writes nothing that the configuration would be refused for", async () => {
    const before = readFileSync(reservations(), "utf8");
    const { code, stderr } = await reserve("02:00:00:00:00:33", "192.168.77.62", "x".repeat(5000));
    expect(code, stderr).not.toBe(0);
    expect(readFileSync(reservations(), "utf8")).toBe(before);
  });

  it("refuses another configuration than the daemon's", async () => {
    const beside = join(dirname(daemon.configFile), "other.conf");
    writeFileSync(beside, `${CONFIG}\ninclude "${reservations()}";\n`);
    const { code, stderr } = await control("reserve", "-c", beside, "02:00:00:00:00:36", "192.168.77.64");
    expect(code).not.toBe(0);
    expect(stderr).toContain(`the daemon reads ${daemon.configFile}, not ${beside}: nothing is changed`);
  });

  it("says who has the address that is reserved for another device", async () => {
    const { yiaddr } = (await client.lease("02:00:00:00:00:37")).message;
    const { code, stdout, stderr } = await reserve(yiaddr, "02:00:00:00:00:38", "radio");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^02:00:00:00:00:37 has a lease of [0-9.]+ until 20.*: 02:00:00:00:00:38 gets the address when/m,
    );
  });

  it("changes nothing where no daemon answers", async () => {
    const before = readFileSync(reservations(), "utf8");
    const wish = ["02:00:00:00:00:35", "192.168.77.63", "lamp", "-c", daemon.configFile];
    const { code, stderr } = await scene.server.run([ANYDHCPCTL, "reserve", "--control", "/nowhere.sock", ...wish]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("/nowhere.sock") });
    expect(readFileSync(reservations(), "utf8")).toBe(before);
  });

  it("asks for what it cannot find out", async () => {
    expect((await reserve("192.168.77.99")).stderr).toContain("name the device's hardware address too");
    expect((await reserve("02:00:00:00:00:34")).stderr).toContain("name the one that it is to have");
    expect((await reserve()).code).toBe(2);
  });

  function reservations(): string {
    return join(dirname(daemon.configFile), "dhcpd.reservations");
  }
});

describe("anydhcpctl", () => {
  it("says why nobody answers [U19]", async () => {
    const nowhere = join(scene.network.directory, "nowhere.sock");
    const absent = await scene.server.run([ANYDHCPCTL, "status", "--control", nowhere]);
    expect(absent.stderr).toBe(
      `anydhcpctl: ${nowhere}: there is no such socket: anydhcpd is not running, or was started with another --control\n`,
    );
    await daemon.stop("SIGKILL");
    const { code, stderr } = await control("status");
    expect(code).toBe(1);
    expect(stderr).toContain(": nobody listens there: anydhcpd has ended or could not start, and its log says why\n");
  });

  it("says so of a start that was refused, whose socket the next start takes over [U19]", async () => {
    await daemon.stop("SIGKILL");
    unlinkSync(daemon.controlSocket);
    daemon.configure("subnet nonsense;\n");
    expect((await daemon.launch().ended).code).toBe(78);
    expect(statSync(daemon.controlSocket).isSocket()).toBe(true);
    expect(await control("status")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(": nobody listens there: anydhcpd has ended or could not start"),
    });
    daemon.configure(CONFIG);
    await daemon.start();
    expect((await control("status")).code).toBe(0);
  });
});

const ASK = `
const [path, command] = process.argv.slice(1);
const socket = require("node:net").connect(path, () => socket.write(JSON.stringify({ command }) + "\\n"));
socket.on("data", (answer) => (process.stdout.write(answer), socket.destroy()));
`;

const HOLD = `
const [path, count] = process.argv.slice(1);
let left = Number(count);
for (let i = 0; i < Number(count); i++) {
  const socket = require("node:net").connect(path, () => {
    if (--left === 0) console.log("connected");
  });
  socket.on("error", () => {});
}
setInterval(() => {}, 1000);
`;
