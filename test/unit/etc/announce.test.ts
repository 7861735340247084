// etc/anycast/anydhcpd-announce with programs that stand in for anydhcpctl and the routing daemons: what it says to
// them, and when.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ANNOUNCE = join(import.meta.dirname, "../../../etc/anycast/anydhcpd-announce");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "announce-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Runs it while the health is told by `lines`, and then no more; resolves with what it wrote and what the others were told. */
async function announce(args: readonly string[], lines: readonly string[], answer = "exit 0") {
  const told = join(folder, "told");
  const said = lines.map((line) => `echo '${line}'`).join("\n");
  const env = {
    ...process.env,
    ANYDHCPCTL: program("anydhcpctl", said),
    BIRDC: program("birdc", `echo "$*" >>${told}\n${answer}`),
    VTYSH: program("vtysh", `echo "$*" >>${told}\n${answer}`),
  };
  const child = spawn(ANNOUNCE, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const [code] = await once(child, "close");
  const lists = existsSync(told) ? readFileSync(told, "utf8").trimEnd().split("\n") : [];
  return { code, stdout: stdout.trimEnd().split("\n"), stderr, told: lists };
}

describe("anydhcpd-announce exabgp", () => {
  it("says what changes, the first state whatever it is, and withdraws at its end", async () => {
    const lines = [
      "unhealthy: no such socket",
      "healthy",
      "healthy",
      "degraded: away",
      "unhealthy: drained",
      "healthy",
    ];
    const { stdout, code } = await announce(["exabgp", "192.0.2.53/32"], lines);
    expect(stdout).toEqual([
      "withdraw route 192.0.2.53/32 next-hop self",
      "announce route 192.0.2.53/32 next-hop self med 0",
      "announce route 192.0.2.53/32 next-hop self med 1000",
      "withdraw route 192.0.2.53/32 next-hop self",
      "announce route 192.0.2.53/32 next-hop self med 0",
      "withdraw route 192.0.2.53/32 next-hop self",
    ]);
    expect(code).toBe(1);
  });

  it("ends when ExaBGP does", async () => {
    const env = { ...process.env, ANYDHCPCTL: program("anydhcpctl", "while echo healthy; do sleep 0.1; done") };
    const child = spawn(ANNOUNCE, ["exabgp", "192.0.2.53/32"], { env, stdio: ["pipe", "pipe", "ignore"] });
    let stdout = "";
    child.stdout.on("data", (text) => (stdout += text));
    await once(child.stdout, "data");
    child.stdin.write("done\n");
    child.stdin.end();
    const [code] = await once(child, "close");
    expect([code, stdout]).toEqual([
      0,
      "announce route 192.0.2.53/32 next-hop self med 0\nwithdraw route 192.0.2.53/32 next-hop self\n",
    ]);
  });
});

describe("anydhcpd-announce frr", () => {
  it("sets and removes a static route that has a tag for each quality", async () => {
    const { told } = await announce(["frr", "192.0.2.53/32"], ["healthy", "healthy", "degraded: away", "unhealthy: x"]);
    expect(told).toEqual([
      "-c configure terminal -c ip route 192.0.2.53/32 blackhole tag 53",
      "-c configure terminal -c ip route 192.0.2.53/32 blackhole tag 54",
      "-c configure terminal -c no ip route 192.0.2.53/32 blackhole",
    ]);
  });

  it("tries again while FRR does not obey, and says so once", async () => {
    const answer = "echo refused; exit 1";
    const { told, stderr } = await announce(["frr", "192.0.2.53/32"], ["healthy", "healthy", "healthy"], answer);
    expect(told.filter((words) => words.includes("tag 53"))).toHaveLength(3);
    expect(stderr.match(/vtysh: ip route 192.0.2.53\/32 blackhole tag 53: refused/g)).toHaveLength(1);
  });

  it("takes a route that is withdrawn already as withdrawn", async () => {
    const answer = `echo "% Can't find static route specified"; exit 1`;
    const { stderr } = await announce(["frr", "192.0.2.53/32"], ["unhealthy: x"], answer);
    expect(stderr).not.toContain("vtysh");
  });
});

describe("anydhcpd-announce bird", () => {
  it("enables and disables its protocols each time, since BIRD may have enabled them itself", async () => {
    const { told } = await announce(
      ["bird"],
      ["healthy", "degraded: away", "unhealthy: x", "unhealthy: x"],
      "echo x: enabled",
    );
    expect(told).toEqual([
      ...["enable anydhcpd", "enable anydhcpd_fallback"],
      ...["enable anydhcpd_fallback", "disable anydhcpd"],
      ...["disable anydhcpd", "disable anydhcpd_fallback"],
      ...["disable anydhcpd", "disable anydhcpd_fallback"],
      ...["disable anydhcpd", "disable anydhcpd_fallback"],
    ]);
  });

  it("takes other names of protocols, and says what BIRD answers if it does not obey", async () => {
    const { told, stderr } = await announce(["bird", "a", "b"], ["healthy"], "echo syntax error; exit 1");
    expect(told.slice(0, 2)).toEqual(["enable a", "enable b"]);
    expect(stderr).toContain("enable b: syntax error");
  });
});

it.each([[[]], [["quagga"]], [["exabgp"]], [["frr", "192.0.2.53"]]])(
  "anydhcpd-announce %j says how it is used",
  async (args) => {
    const { code, stderr } = await announce(args, []);
    expect(code).toBe(2);
    expect(stderr).toContain("anydhcpd-announce bird [PROTOCOL [FALLBACK-PROTOCOL]] | exabgp PREFIX | frr PREFIX");
  },
);
