// The event script of a daemon with clients: what it is told, beside what dnsmasq tells the same script of the same clients,
// who runs it, and what becomes of one that fails.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Daemon } from "../support/daemon.ts";
import { debianSource, debianTool } from "../support/debian-packages.ts";
import { mayMakeNetworks } from "../support/network.ts";
import { eventually } from "../support/program.ts";
import { CLIENTS } from "../support/real-clients.ts";
import { LAN_ADDRESS, Scene, sceneConfig } from "../support/scene.ts";
import { addressHex, type MessageFields, nextXid, RawClient } from "../support/wire-tools.ts";

const A = "02:00:00:00:00:0a";
const B = "02:00:00:00:00:0b";
const C = "02:00:00:00:00:0c";
const D = "02:00:00:00:00:0d";
/** A request that comes again within two seconds changes nothing. */
const NEXT_RENEWAL_MS = 2100;

/** Whether the kernel has weights of sessions, and takes them from us at any time. */
const MAY_WEIGH_SESSIONS =
  existsSync("/proc/self/autogroup") && /^\s*0\s+0\s+4294967295\n$/.test(readFileSync("/proc/self/uid_map", "utf8"));

/** Writes down what it is told and who it is, and then does what `more` says. */
const WRITER = (more: string): string => `#!/bin/sh
{
  echo "call $(basename "$0") $*"
  env | grep -E '^(DNSMASQ_|ANYDHCPD_EVENT)' | sort | sed 's/^/variable /'
  echo "user $(id -u) $(grep CapEff /proc/self/status | tr -d '\\t') $(pwd) $(env | grep -vcE '^(DNSMASQ_|ANYDHCPD_EVENT|PATH|PWD|_|SHLVL|OLDPWD)')"
} >>"$(dirname "$0")/out/calls"
${more}
`;

/** One call of the script. */
interface Call {
  readonly words: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Number of the user, its capabilities, the directory, and how many other variables there are. */
  readonly user: string;
}

/** A script in a folder of the scene, which anybody may run and which writes into `out`. */
class Script {
  readonly path: string;
  readonly #calls: string;

  constructor(scene: Scene, more = "") {
    const directory = join(scene.network.directory, "script");
    mkdirSync(join(directory, "out"), { recursive: true });
    chmodSync(directory, 0o755);
    chmodSync(join(directory, "out"), 0o777);
    this.path = join(directory, "lease-changed");
    this.#calls = join(directory, "out", "calls");
    this.write(WRITER(more));
  }

  write(text: string): void {
    writeFileSync(this.path, text);
    chmodSync(this.path, 0o755);
  }

  get calls(): readonly Call[] {
    if (!existsSync(this.#calls)) return [];
    const text = readFileSync(this.#calls, "utf8");
    return text
      .split(/^call lease-changed /m)
      .slice(1)
      .map((part) => {
        const [words = "", ...lines] = part.split("\n");
        const variables = lines.flatMap((line) => /^variable (\w+)=(.*)$/.exec(line)?.slice(1) ?? []);
        const pairs = variables.flatMap((name, i) => (i % 2 === 0 ? [[name, variables[i + 1] ?? ""]] : []));
        const user = lines.find((line) => line.startsWith("user ")) ?? "";
        return { words, variables: Object.fromEntries(pairs), user: user.slice("user ".length) };
      });
  }

  get words(): readonly string[] {
    return this.calls.map(({ words }) => words);
  }

  /** Waits until it was called so often. */
  async called(count: number): Promise<readonly Call[]> {
    await eventually(
      `the script is called ${count} times`,
      () => this.calls.filter(({ user }) => user !== "").length >= count,
    );
    return this.calls;
  }
}

const hex = (text: string): string => Buffer.from(text).toString("hex");

/** What a laptop says of itself. */
function saying(name: string): NonNullable<MessageFields["options"]> {
  const userClasses = "0361626303646566";
  return [
    [12, hex(name)],
    [60, hex("MSFT 5.0 $(id)")],
    [77, userClasses],
    [55, "01030c0f"],
    [61, "01020000"],
    [161, hex("https://x/y")],
  ];
}

/** A lease, a renewal, the client that starts anew with another name, a release, a lease that is declined, a name that is none. */
async function play(client: RawClient): Promise<void> {
  const { yiaddr } = (await client.lease(A, { options: saying("laptop") })).message;
  await client.hold(yiaddr, A);
  await sleep(NEXT_RENEWAL_MS);
  const renewal = { type: "REQUEST", chaddr: A, xid: nextXid(), ciaddr: yiaddr, options: saying("laptop") };
  await client.ask(renewal, { source: yiaddr });
  await sleep(NEXT_RENEWAL_MS);
  const again = [...saying("tower.lan"), [50, addressHex(yiaddr)]] as const;
  await client.ask({ type: "REQUEST", chaddr: A, xid: nextXid(), options: again });
  const server = [54, addressHex(LAN_ADDRESS)] as const;
  const second = (await client.lease(B)).message.yiaddr;
  const release = { type: "RELEASE", chaddr: B, xid: nextXid(), ciaddr: second, options: [server] };
  await client.exchange({ message: release, frame: { source: second }, expect: 0, waitMs: 200 });
  const third = (await client.lease(C, { options: [[12, hex("cee")]] })).message.yiaddr;
  const decline = { type: "DECLINE", chaddr: C, xid: nextXid(), options: [[50, addressHex(third)], server] as const };
  await client.exchange({ message: decline, expect: 0, waitMs: 200 });
  await client.lease(D, { options: [[12, hex("bad name!")]] });
}

/** Calls without what differs from server to server: addresses by their first appearance, times by what they are. */
function comparable(calls: readonly Call[]): unknown[] {
  const addresses: string[] = [];
  return calls.map(({ words, variables }) => {
    const [action = "", hardware, address = "", ...name] = words.split(" ");
    if (!addresses.includes(address)) addresses.push(address);
    const { ANYDHCPD_EVENT: _event, DNSMASQ_LEASE_EXPIRES: ends, ...rest } = variables;
    const times = {
      ...rest,
      ends: Number(ends) > 0,
      ...(rest["DNSMASQ_TIME_REMAINING"] && { DNSMASQ_TIME_REMAINING: "some" }),
    };
    // Of `old` dnsmasq tells only what it keeps.
    const { DNSMASQ_OLD_HOSTNAME = "", DNSMASQ_CLIENT_ID = "", DNSMASQ_DOMAIN = "", DNSMASQ_INTERFACE = "" } = rest;
    const kept = { DNSMASQ_OLD_HOSTNAME, DNSMASQ_CLIENT_ID, DNSMASQ_DOMAIN, DNSMASQ_INTERFACE };
    return [action, hardware, addresses.indexOf(address), ...name, action === "add" ? times : kept];
  });
}

describe.skipIf(!mayMakeNetworks)("the event script", () => {
  it("is told what dnsmasq tells it of the same clients, also at a reload and at the next start", async (context) => {
    const program = await debianTool("dnsmasq-base", "usr/sbin/dnsmasq");
    if (program === undefined) return context.skip("dnsmasq cannot be had from Debian");
    const [theirs, ours] = await Promise.all([playWithDnsmasq(program), playWithDaemon()]);
    expect(comparable(ours)).toEqual(comparable(theirs));
    expect(ours.map(({ words }) => words.split(" ")[0])).toEqual(
      "add old old add del add del add old old old old".split(" "),
    );
    expect(ours.slice(0, 8).map(({ variables }) => variables["ANYDHCPD_EVENT"])).toEqual(
      "added renewed renewed added released added declined added".split(" "),
    );
  }, 60_000);

  async function playWithDnsmasq(program: string): Promise<readonly Call[]> {
    await using scene = await Scene.create();
    const script = new Script(scene);
    const range = "192.168.77.100,192.168.77.199,255.255.255.0,3600";
    const files = [`--dhcp-leasefile=${scene.network.directory}/leases`, `--dhcp-script=${script.path}`, "--pid-file="];
    const flags = [
      "--conf-file=/dev/null",
      "--port=0",
      "--keep-in-foreground",
      "--user=root",
      "--no-ping",
      "--log-facility=-",
    ];
    const argv = [program, ...flags, ...files, "--domain=lan", "--dhcp-authoritative", `--dhcp-range=${range}`];
    const first = scene.server.spawn(argv);
    await first.waitForLine((line) => line.includes("DHCP, IP range"));
    await play(await RawClient.start(scene.client, "eth0"));
    await script.called(8);
    first.signal("SIGHUP");
    await script.called(10);
    await first.stop("SIGTERM");
    scene.server.spawn(argv);
    // It tells a lease with a name twice when it starts.
    const calls = await script.called(13);
    const last = calls.slice(10).filter(({ words }, i, all) => i === all.findIndex((other) => other.words === words));
    return [...calls.slice(0, 8), ...sorted(calls.slice(8, 10)), ...sorted(last)];
  }

  async function playWithDaemon(): Promise<readonly Call[]> {
    await using scene = await Scene.create();
    const script = new Script(scene);
    const config = sceneConfig({ global: `option domain-name "lan"; event-script "${script.path}";` });
    const daemon = await Daemon.start(scene.network, scene.server, { config });
    await play(await RawClient.start(scene.client, "eth0"));
    await script.called(8);
    daemon.program.signal("SIGHUP");
    await script.called(10);
    await daemon.stop();
    await daemon.start();
    // The end of the lease that was released is told again, which dnsmasq has forgotten.
    const calls = await script.called(13);
    expect(calls[12]?.words).toMatch(/^del 02:00:00:00:00:0b /);
    return [...calls.slice(0, 8), ...sorted(calls.slice(8, 10)), ...sorted(calls.slice(10, 12))];
  }

  const sorted = (calls: readonly Call[]): readonly Call[] => calls.toSorted((a, b) => (a.words < b.words ? -1 : 1));

  it("is dnsmasq's own example, unchanged, and keeps its table for a real client", async (context) => {
    const example = await debianSource("dnsmasq", "contrib/mactable/macscript");
    if (example === undefined) return context.skip("the source of dnsmasq cannot be had from Debian");
    await using scene = await Scene.create();
    const client = await CLIENTS["udhcpc"]?.(scene.network, scene.client);
    if (client === undefined) return context.skip("udhcpc cannot be had from Debian");
    // The example has the name of its file in it.
    const table = "/tmp/dnsmasq-ip-mac.status";
    const lines = (): string => (existsSync(table) ? readFileSync(table, "utf8") : "");
    const path = join(scene.network.directory, "macscript");
    copyFileSync(example, path);
    chmodSync(path, 0o755);
    rmSync(table, { force: true });
    try {
      await Daemon.start(scene.network, scene.server, { config: sceneConfig({ global: `event-script "${path}";` }) });
      const hardware = /link\/ether (\S+)/.exec(await scene.client.ip("link show dev eth0"))?.[1] ?? "";
      const running = client.start();
      const [, , address = ""] = (await running.waitForLine((line) => line.startsWith("event bound"))).split(" ");
      await eventually("the table has the lease", () => lines() === `${address} ${hardware}\n`);
      await client.release(running);
      await eventually("the table has the lease no more", () => lines() === "");
    } finally {
      rmSync(table, { force: true });
    }
  });

  it("has a user of its own, no capability, and nothing of the daemon's environment", async () => {
    await using scene = await Scene.create();
    const script = new Script(scene);
    const config = sceneConfig({ global: `event-script "${script.path}";` });
    const daemon = await Daemon.start(scene.network, scene.server, { config });
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease(A);
    const [first] = await script.called(1);
    expect(first?.user).toMatch(/^\d+ CapEff:0{16} \/ 0$/);
    const uid = Number(first?.user.split(" ")[0]);
    const daemonUid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, "utf8"))?.[1]);
    expect([0, daemonUid]).not.toContain(uid);
    await daemon.stop();
    daemon.configure(sceneConfig({ global: `event-script "${script.path}" user root;` }));
    await daemon.start();
    const calls = await script.called(2);
    expect(calls[1]?.user).toMatch(/^0 CapEff:0*[1-9a-f]/);
  });

  it("stands back behind the server on a busy processor, with all that it starts", async () => {
    await using scene = await Scene.create();
    const weights = join(scene.network.directory, "script", "out", "weights");
    const more = `cut -d' ' -f19 /proc/self/stat >${weights}; cat /proc/self/autogroup >>${weights}; echo end >>${weights}`;
    const script = new Script(scene, more);
    const config = sceneConfig({ global: `event-script "${script.path}";` });
    const daemon = await Daemon.start(scene.network, scene.server, { config });
    await (await RawClient.start(scene.client, "eth0")).lease(A);
    const told = (): string => (existsSync(weights) ? readFileSync(weights, "utf8") : "");
    await eventually("the script has told its weights", () => told().endsWith("end\n"));
    const [nice, group = ""] = told().split("\n");
    expect(nice).toBe("15");
    // Another user's change may have come within the same tenth of a second.
    if (MAY_WEIGH_SESSIONS) expect(group).toMatch(/ nice 15$/);
    expect(readFileSync(`/proc/${daemon.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[16]).not.toBe("15");
  });

  it("is told of renewals where that is wanted, and of the end of a lease", async () => {
    await using scene = await Scene.create();
    const script = new Script(scene);
    const lan = "default-lease-time 4; max-lease-time 4;";
    const config = sceneConfig({ global: `event-script "${script.path}" renewals;`, lan });
    await Daemon.start(scene.network, scene.server, { config });
    const client = await RawClient.start(scene.client, "eth0");
    const { yiaddr } = (await client.lease(A)).message;
    await client.hold(yiaddr, A);
    await sleep(NEXT_RENEWAL_MS);
    await client.ask({ type: "REQUEST", chaddr: A, xid: nextXid(), ciaddr: yiaddr }, { source: yiaddr });
    const calls = await script.called(3);
    expect(calls.map(({ words }) => words.trim())).toEqual(
      ["add", "old", "del"].map((word) => `${word} ${A} ${yiaddr}`),
    );
    expect(calls.map(({ variables }) => variables["ANYDHCPD_EVENT"])).toEqual(["added", "renewed", "expired"]);
  });

  it("may fail, hang and talk, and the next one runs; what it leaves behind is not waited for", async () => {
    await using scene = await Scene.create();
    const script = new Script(
      scene,
      `echo "told $1"; sleep 77 &
case $2 in
${A}) exit 3;;
${B}) trap '' TERM; sleep 77; sleep 77;;
${C}) kill -9 $$;;
esac`,
    );
    const config = sceneConfig({ global: `event-script "${script.path}" timeout 1;` });
    const daemon = await Daemon.start(scene.network, scene.server, { config });
    const client = await RawClient.start(scene.client, "eth0");
    for (const chaddr of [A, B, C, D]) await client.lease(chaddr);
    await script.called(4);
    expect(script.words.map((words) => words.split(" ")[1])).toEqual([A, B, C, D]);
    const name = `the event script ${script.path}`;
    await daemon.waitForLog(`${name} ended with status 3 for add ${A}`);
    await daemon.waitForLog(`${name} took more than 1 seconds and was ended for add ${B}`);
    await daemon.waitForLog(`${name} was ended by signal 9 for add ${C}`);
    await daemon.waitForLog("event script: told add");
    script.write("#!/no/such/shell\n");
    await client.lease("02:00:00:00:00:0e");
    await daemon.waitForLog(`${name} could not be executed`);
    expect((await daemon.stop()).code).toBe(0);
  }, 30_000);

  it("is ended with all of its process group when its time is over, and what stands in a session of its own goes on", async () => {
    await using scene = await Scene.create();
    // Numbers that no other process has among its arguments.
    const [inGroup, itself, outside] = [1, 2, 3].map((i) => `${7000 + i}.${process.pid}`);
    const more = `sleep ${inGroup} & setsid sleep ${outside} & trap '' TERM; sleep ${itself}; sleep ${itself}`;
    const script = new Script(scene, more);
    // Time enough for what stands back behind everything else on a busy machine.
    const config = sceneConfig({ global: `event-script "${script.path}" timeout 5;` });
    const daemon = await Daemon.start(scene.network, scene.server, { config });
    await (await RawClient.start(scene.client, "eth0")).lease(A);
    const running = (seconds = ""): readonly number[] => processesWith(`sleep ${seconds}`);
    await eventually("all of it runs", () => running(inGroup).length + running(outside).length === 2);
    await daemon.waitForLog("took more than 5 seconds and was ended");
    await eventually("its group is gone", () => running(inGroup).length + running(itself).length === 0);
    const left = running(outside);
    expect(left).toHaveLength(1);
    for (const pid of left) process.kill(pid, "SIGKILL");
  }, 30_000);

  it("is run by another process when its own was killed, and is told again what it was told then", async () => {
    await using scene = await Scene.create();
    const slow = `7004.${process.pid}`;
    // The first run hangs.
    const script = new Script(
      scene,
      `[ -e "$(dirname "$0")/out/ran" ] || { : >"$(dirname "$0")/out/ran"; sleep ${slow}; }`,
    );
    const config = sceneConfig({ global: `event-script "${script.path}";` });
    const daemon = await Daemon.start(scene.network, scene.server, { config });
    const client = await RawClient.start(scene.client, "eth0");
    await client.lease(A);
    await eventually("the script hangs", () => processesWith(`sleep ${slow}`).length === 1);
    const [keeper = 0] = childrenOf(daemon.pid, "anydhcpd-script");
    const [worker = 0] = childrenOf(keeper, "anydhcpd-script");
    process.kill(worker, "SIGKILL");
    await client.lease(B);
    await daemon.waitForLog("the process of the event script was ended and is started again");
    const calls = await script.called(3);
    expect(calls.map(({ words }) => words.split(" ").slice(0, 2).join(" "))).toEqual([
      `add ${A}`,
      `add ${A}`,
      `add ${B}`,
    ]);
    expect(processesWith(`sleep ${slow}`), "the first run is over").toEqual([]);
    // Without its keeper the worker goes on, and of the keeper nothing is left.
    process.kill(keeper, "SIGKILL");
    await client.lease(C);
    await script.called(4);
    expect(childrenOf(daemon.pid, "anydhcpd-script")).toEqual([]);
    expect((await daemon.stop()).code).toBe(0);
  }, 30_000);

  it("ends by SIGTERM while it rests before it starts another process", async () => {
    await using scene = await Scene.create();
    const script = new Script(scene, "");
    const config = sceneConfig({ global: `event-script "${script.path}";` });
    const daemon = await Daemon.start(scene.network, scene.server, { config });
    const [keeper = 0] = childrenOf(daemon.pid, "anydhcpd-script");
    // The second rest is the longer one.
    for (let rest = 1; rest <= 2; rest++) {
      let worker = 0;
      await eventually("there is a worker", () => {
        [worker = 0] = childrenOf(keeper, "anydhcpd-script");
        return worker !== 0;
      });
      process.kill(worker, "SIGKILL");
      await eventually("it is gone", () => !childrenOf(keeper, "anydhcpd-script").includes(worker));
    }
    await eventually("the keeper has ended", () => {
      if (!childrenOf(daemon.pid, "anydhcpd-script").includes(keeper)) return true;
      process.kill(keeper, "SIGTERM");
      return false;
    });
    expect((await daemon.stop()).code).toBe(0);
  }, 30_000);
});

/** Processes whose arguments are these words. */
function processesWith(words: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim() === words)
    .map(Number);
}

/** Children of a process that bear a name, those that have ended and wait to be noticed too. */
function childrenOf(pid: number, name: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      const status = read(`/proc/${entry}/status`);
      return new RegExp(`^PPid:\\s+${pid}$`, "m").test(status) && status.startsWith(`Name:\t${name.slice(0, 15)}\n`);
    })
    .map(Number);
}

/** A file of /proc; empty if its process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
