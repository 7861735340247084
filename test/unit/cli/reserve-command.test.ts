// `anydhcpctl reserve` with a real configuration on disk, and a daemon that answers as told.

import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readConfigFile } from "../../../src/cli/config-file.ts";
import { whileLocked } from "../../../src/cli/reservation-lock.ts";
import { RESERVE } from "../../../src/cli/reserve-command.ts";
import type { Lease, ReloadResult, Status } from "../../../src/control/messages.ts";
import { leaseNameOf } from "../../../src/engine/lease-name.ts";
import { configOf } from "../../support/config-text.ts";

const SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.199; }\n";
const CONFIG = `${SUBNET}include "dhcpd.reservations";\n`;
const OWN = { description: "192.0.2.1 on eth0", address: "192.0.2.1", interface: "eth0", present: true };
const STATUS: Status = {
  ...{ version: "0", protocol: 1, pid: 1, startedAt: "2026-01-01T00:00:00Z", uptimeSeconds: 1, configFile: "" },
  ...{ backend: "udp", listeners: [OWN], store: "ok", leases: {}, subnets: [], counters: {} },
};
const DEVICE = "02:00:00:00:00:07";

let folder = "";
let configFile = "";
let reservations = "";
let socket = "";
let server: Server;
/** What the daemon says. */
let reload: ReloadResult;
let leases: Partial<Lease>[];
/** The configuration that it reads. */
let daemonsFile: string;
/** Of the address. */
let hosts: readonly string[];
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
  daemonsFile = configFile;
  hosts = ["tv"];
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
  if (command === "status") return [{ ...STATUS, configFile: daemonsFile }];
  if (command === "explain-address") return [{ address: "192.0.2.9", hosts: hosts.map((name) => ({ name, at: "" })) }];
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

/** The text of the file; undefined where there is none. */
function reserved(): string | undefined {
  return existsSync(reservations) ? readFileSync(reservations, "latin1") : undefined;
}

it("finds the include by a relative path of the configuration with a directory in it", async () => {
  process.chdir(folder);
  daemonsFile = "etc/dhcpd.conf";
  const { code, stderr } = await reserve("-c", "etc/dhcpd.conf", DEVICE, "192.0.2.9", "tv");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(reserved()).toBe(`host tv { hardware ethernet ${DEVICE}; fixed-address 192.0.2.9; }\n`);
});

it("takes the running daemon's configuration where none is named", async () => {
  expect(await reserve(DEVICE, "192.0.2.9", "tv")).toMatchObject({ code: 0, stderr: "" });
  expect(reserved()).toContain("host tv ");
});

it("refuses another configuration than the running daemon's, and says which that is", async () => {
  daemonsFile = "/etc/dhcpd.conf";
  await expect(reserve("-c", configFile, DEVICE, "192.0.2.9", "tv")).rejects.toThrow(
    `the daemon reads /etc/dhcpd.conf, not ${configFile}: nothing is changed. Leave out -c`,
  );
  expect(asked).not.toContain("reload");
  expect(reserved()).toBeUndefined();
});

it("takes the configuration of a daemon that was started with a relative path, and has it named", async () => {
  daemonsFile = "../etc/dhcpd.conf";
  await expect(reserve(DEVICE, "192.0.2.9", "tv")).rejects.toThrow("started with -c ../etc/dhcpd.conf: name this file");
  await expect(reserve("-c", "/usr/dhcpd.conf", DEVICE, "192.0.2.9", "tv")).rejects.toThrow("the daemon reads ../etc/");
  expect(await reserve("-c", configFile, DEVICE, "192.0.2.9", "tv")).toMatchObject({ code: 0, stderr: "" });
});

it("takes back what it wrote where the daemon has no such host after the reload", async () => {
  hosts = ["radio"];
  const { code, stderr } = await reserve(DEVICE, "192.0.2.9", "tv");
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      `${configFile}: reloaded, and it has no host tv now: the daemon reads another file than the one that was written\n` +
      `${reservations}: taken back\n`,
  });
  expect(reserved()).toBeUndefined();
});

it.each([
  ["My Phone!", "my-phone"],
  ["Küche_2", "kche-2"],
  ["3com-switch.lan", "3com-switch"],
  ["TV.living.room", "tv"],
  ["wpad", "host-192-0-2-9"],
])("names a device that calls itself %s so that its name in the DNS stays", async (hostName, name) => {
  leases = [{ address: "192.0.2.9", hardware: DEVICE, hostName }];
  hosts = [name];
  expect(await reserve("192.0.2.9")).toMatchObject({ code: 0, stderr: "" });
  expect(reserved()).toBe(`host ${name} { hardware ethernet ${DEVICE}; fixed-address 192.0.2.9; }\n`);
  const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
  const { globalScope } = configOf("subnet 192.0.2.0 netmask 255.255.255.0 { }");
  const before = leaseNameOf(octets(hostName), undefined, false, globalScope)?.label;
  expect(leaseNameOf(octets(hostName), name, true, globalScope)?.label).toBe(before ?? name);
});

it("tells programs what was done, or why nothing was", async () => {
  const { code, stdout, stderr } = await reserve("--json", DEVICE, "192.0.2.9", "tv");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const wanted = { address: "192.0.2.9", hardware: DEVICE, name: "tv", file: reservations };
  expect(JSON.parse(stdout)).toEqual({ ok: true, message: expect.stringContaining("reloaded"), ...wanted });
  const again = await reserve("--json", DEVICE, "192.0.2.9", "tv");
  expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 1, stderr: "" });
  expect(JSON.parse(again.stdout)).toEqual({
    ok: false,
    message: expect.stringContaining("is there already"),
    ...wanted,
  });
});

it("keeps the reservations of all commands that are called at once, and leaves no lock behind", async () => {
  const numbers = [1, 2, 3, 4, 5];
  hosts = numbers.map((number) => `tv${number}`);
  writeFileSync(reservations, "");
  const all = numbers.map((number) => reserve(`02:00:00:00:00:1${number}`, `192.0.2.${number + 10}`, `tv${number}`));
  expect((await Promise.all(all)).map(({ code }) => code)).toEqual(numbers.map(() => 0));
  expect(
    reserved()
      ?.match(/host tv\d/g)
      ?.sort(),
  ).toEqual(numbers.map((number) => `host tv${number}`));
  expect(readdirSync(join(folder, "etc")).sort()).toEqual(["dhcpd.conf", "dhcpd.reservations"]);
});

it.each(["new", "lock"])("follows no link that is in the place of its file .%s", async (ending) => {
  writeFileSync(reservations, "");
  const other = join(folder, "other");
  writeFileSync(other, "other\n", { mode: 0o600 });
  symlinkSync(other, `${reservations}.${ending}`);
  const owner = statSync(other).uid;
  expect(await reserve(DEVICE, "192.0.2.9", "tv")).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(other, "latin1")).toBe("other\n");
  expect([statSync(other).uid, statSync(other).mode & 0o777]).toEqual([owner, 0o600]);
  expect(reserved()).toContain("host tv ");
});

it.skipIf(process.getuid?.() !== 0)("lets the daemon lock the file of its own directory too", async () => {
  const DAEMON = 65_534;
  chownSync(join(folder, "etc"), DAEMON, DAEMON);
  const owner = await whileLocked(reservations, () => Promise.resolve(statSync(`${reservations}.lock`).uid));
  expect(owner).toBe(DAEMON);
});

it("takes back what it wrote where the daemon refuses it", async () => {
  reload = { ok: false, message: "not reloaded", diagnostics: "here: wrong\n" };
  expect(await reserve(DEVICE, "192.0.2.9", "tv")).toMatchObject({
    code: 1,
    stderr: `here: wrong\nnot reloaded\n${reservations}: taken back\n`,
  });
  expect(reserved()).toBeUndefined();
});

it.each([
  ["device", [DEVICE, "192.0.2.10", "radio"]],
  ["address", ["02:00:00:00:00:08", "192.0.2.9", "radio"]],
  ["declaration", [DEVICE, "192.0.2.9", "tv"]],
])("says in one sentence which host has the %s already", async (_, wish) => {
  const line = `host tv { hardware ethernet ${DEVICE}; fixed-address 192.0.2.9; }\n`;
  writeFileSync(reservations, line);
  expect(await reserve(...wish)).toEqual({
    code: 1,
    stdout: "",
    stderr: "host tv is there already, with 192.0.2.9: nothing is changed. Edit its declaration instead.\n",
  });
  expect(reserved()).toBe(line);
  expect(asked).not.toContain("reload");
});

it("writes nothing into a configuration that has errors, and says which", async () => {
  writeFileSync(configFile, `${CONFIG}subnet 10.0.0.0;\n`);
  const { code, stderr } = await reserve(DEVICE, "192.0.2.9", "tv");
  expect(code).toBe(1);
  expect(stderr).toMatch(/subnet 10\.0\.0\.0;\n(?:.*\n)*nothing is changed\n$/);
  expect(reserved()).toBeUndefined();
});

it.each([
  ["in no subnet", "198.51.100.9", "198.51.100.9 is in no subnet: no client gets it"],
  ["a router's", "192.0.2.254", "the fixed-address 192.0.2.254 is a router of the subnet: no client gets it"],
  ["the server's own", "192.0.2.1", "192.0.2.1 is the server's own address: nothing is changed"],
])("refuses an address that is %s", async (_, address, text) => {
  writeFileSync(configFile, `option routers 192.0.2.254;\n${CONFIG}`);
  const { code, stderr } = await reserve(DEVICE, address, "tv");
  expect(code).toBe(1);
  expect(stderr).toContain(text);
  expect(stderr).toMatch(/nothing is changed\n$/);
  expect(reserved()).toBeUndefined();
  expect(asked).not.toContain("reload");
});

it.each(["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"])("refuses %s, which no device has", async (hardware) => {
  await expect(reserve(hardware, "192.0.2.9", "tv")).rejects.toThrow(/^ff.* a broadcast |^01.* a multicast /);
  expect(reserved()).toBeUndefined();
});

it("says who has the address until when if another client does, and nothing of the device's own lease", async () => {
  const ends = "2026-01-02T00:00:00Z";
  leases = [{ address: "192.0.2.9", hardware: "02:00:00:00:00:08", hostName: "radio", ends }];
  expect((await reserve(DEVICE, "192.0.2.9", "tv")).stdout).toContain(
    `reloaded\n02:00:00:00:00:08 (radio) has a lease of 192.0.2.9 until ${ends}: ${DEVICE} gets the address when it is over\n`,
  );
  rmSync(reservations);
  leases = [{ address: "192.0.2.9", hardware: DEVICE, ends }];
  expect((await reserve(DEVICE, "192.0.2.9", "tv")).stdout).toMatch(/reloaded\n$/);
});

it("says where the device leaves a firewall set with its reservation", async () => {
  const left = { count: 1, first: ["192.0.2.9"] };
  const none = { count: 0, first: [] };
  const firewallSets = [{ name: "inet dhcp guests", left, entered: none }];
  const effects = { leases: 1, affected: 1, otherAddress: none, noAddress: none, relaysChanged: 0, options: [] };
  reload = { ...reload, effects: { ...effects, firewallSets } };
  const { code, stdout } = await reserve(DEVICE, "192.0.2.9", "tv");
  expect(code).toBe(0);
  expect(stdout).toContain("\n1 client leaves the firewall set inet dhcp guests: 192.0.2.9\n");
});

it("leaves no file behind where the configuration does not include it, and says how to go on", async () => {
  writeFileSync(configFile, SUBNET);
  const { code, stderr } = await reserve(DEVICE, "192.0.2.9", "tv");
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `${configFile} does not include ${reservations}: nothing is changed. Make the file (touch ${reservations}), add this line to ${configFile}, and ask again:\n  include "${reservations}";\n`,
  });
  expect(readdirSync(join(folder, "etc"))).toEqual(["dhcpd.conf"]);
  writeFileSync(reservations, "");
  writeFileSync(configFile, `${SUBNET}include "${reservations}";\n`);
  expect((await readConfigFile(configFile)).config).toBeDefined();
  expect(await reserve(DEVICE, "192.0.2.9", "tv")).toMatchObject({ code: 0 });
});

it("names the files that are included where --file names another one, and leaves that alone", async () => {
  const wrong = join(folder, "etc", "wrong");
  for (const [text, advice] of [
    [undefined, `Make the file (touch ${wrong}), add this line`],
    ["# mine\n", "Add this line"],
  ]) {
    if (text !== undefined) writeFileSync(wrong, text);
    expect((await reserve("--file", wrong, DEVICE, "192.0.2.9", "tv")).stderr).toMatch(
      `${configFile} does not include ${wrong}: nothing is changed. Name a file that it includes with --file (${reservations}), or do this. ${advice}`,
    );
    expect(readdirSync(join(folder, "etc"))).toEqual(text === undefined ? ["dhcpd.conf"] : ["dhcpd.conf", "wrong"]);
  }
  expect(readFileSync(wrong, "latin1")).toBe("# mine\n");
  const away = join(folder, "gone", "file");
  const { stderr } = await reserve("--file", away, DEVICE, "192.0.2.9", "tv");
  expect(stderr).toContain(`Make the file (mkdir -p ${join(folder, "gone")} && touch ${away}), add this line to `);
  expect(existsSync(join(folder, "gone"))).toBe(false);
});

it("says why the file cannot be written, and leaves nothing beside it", async () => {
  mkdirSync(`${reservations}.new`);
  await expect(reserve(DEVICE, "192.0.2.9", "tv")).rejects.toThrow(
    /dhcpd\.reservations cannot be written \(EISDIR.*\): nothing is changed$/,
  );
  expect(readdirSync(join(folder, "etc")).sort()).toEqual(["dhcpd.conf", "dhcpd.reservations.new"]);
  rmSync(`${reservations}.new`, { recursive: true });
  mkdirSync(reservations);
  await expect(reserve(DEVICE, "192.0.2.9", "tv")).rejects.toThrow(
    /dhcpd\.reservations cannot be read \(EISDIR.*\): nothing is changed$/,
  );
});

it("writes through a link", async () => {
  const real = join(folder, "etc", "real");
  writeFileSync(real, "");
  symlinkSync("real", reservations);
  expect(await reserve(DEVICE, "192.0.2.9", "tv")).toMatchObject({ code: 0 });
  expect(readFileSync(real, "latin1")).toContain("host tv ");
});

it("makes the file that a link leads to, and leaves the link as it was where the reload fails", async () => {
  const real = join(folder, "elsewhere");
  symlinkSync(real, reservations);
  const good = reload;
  reload = { ...reload, ok: false };
  expect(await reserve(DEVICE, "192.0.2.9", "tv")).toMatchObject({ code: 1 });
  expect(existsSync(real)).toBe(false);
  expect(readlinkSync(reservations)).toBe(real);
  reload = good;
  expect(await reserve(DEVICE, "192.0.2.9", "tv")).toMatchObject({ code: 0 });
  expect(readFileSync(real, "latin1")).toContain("host tv ");
  expect(readlinkSync(reservations)).toBe(real);
});

it("asks for another name where another device has the name that this one calls itself by", async () => {
  writeFileSync(reservations, "host printer { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.20; }\n");
  leases = [{ address: "192.0.2.168", hardware: DEVICE, hostName: "printer" }];
  expect(await reserve("192.0.2.168")).toEqual({
    code: 1,
    stdout: "",
    stderr: `the name printer is taken by another device, with 192.0.2.20: nothing is changed. Give this one a name of its own:\n  anydhcpctl reserve ${DEVICE} 192.0.2.168 NAME\n`,
  });
  hosts = ["printer-2"];
  expect(await reserve(DEVICE, "192.0.2.168", "printer-2")).toMatchObject({ code: 0 });
});

it("names the declaration of the device before that of another one with the name", async () => {
  writeFileSync(
    reservations,
    `host tv { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.20; }
host old { hardware ethernet ${DEVICE}; fixed-address 192.0.2.21; }\n`,
  );
  expect((await reserve(DEVICE, "192.0.2.9", "tv")).stderr).toMatch(/^host old is there already, with 192\.0\.2\.21: /);
});
