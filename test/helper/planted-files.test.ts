// Files that another user has put where the launcher opens something with privilege: links, hard links,
// FIFOs, files of other programs. None of them reaches the daemon, and each stays as it is.

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LEASE_FILES, OTHER_FILES } from "../support/lease-file-starts.ts";
import { mayMakeNetworks, type Namespace, Network } from "../support/network.ts";
import { isRoot, StandIn } from "./stand-in.ts";

const DEFAULT = "/var/lib/anydhcpd/dhcpd.leases";
const SECRET = "root:$6$salt$hash:19000:0:99999:7:::\n";
const LEASES = "lease 192.0.2.1 {\n}\n";

let network: Network;
let server: Namespace;

beforeEach(async (context) => {
  if (!mayMakeNetworks) return context.skip("needs root, or root of a user namespace");
  network = await Network.create();
  server = await network.namespace("server");
  // The daemon's directory as an earlier start has left it, and something of root's beside it.
  await sh(`mount -t tmpfs -o mode=755 tmpfs /var/lib
    mkdir -m 750 /var/lib/anydhcpd && chown 65534:65534 /var/lib/anydhcpd
    mkdir -m 700 /var/lib/d && umask 077 && printf '%s' '${SECRET}' >/var/lib/d/secret`);
});
afterEach(() => network?.dispose());

const sh = (script: string, input = ""): Promise<string> => server.exec(["sh", "-e", "-c", script], { input });
/** The same as the daemon's user, as a daemon that was taken over would. */
const planted = (script: string): Promise<string> =>
  server.exec(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-e", "-c", script]);
const tree = (): Promise<string> =>
  sh("cd /var/lib/d && find . -printf '%p %y %U %G %m %s %T@\\n' | sort && cat secret");

interface Start {
  readonly leaseFile?: string;
  readonly controlSocket?: string;
  readonly args?: readonly string[];
}

function options({ leaseFile = DEFAULT, ...rest }: Start) {
  return { leaseFile, controlSocket: join(network.directory, "control"), ...rest };
}

/** Starts; it has to end before the daemon runs, with the target as it was. Returns what was said. */
async function refusal(start: Start = {}, code = 1): Promise<string> {
  const before = await tree();
  const program = StandIn.launch(server, options(start));
  expect(await program.ended).toEqual({ code, signal: null });
  expect(program.output).not.toContain('{"ready"');
  expect(await tree()).toBe(before);
  return program.output;
}

describe.skipIf(!isRoot)("a lease file", () => {
  it.each([
    ["alone in its directory", ""],
    ["beside other files of root's", "touch /var/lib/d/other"],
  ])("that is a link of the daemon's user to a file of root's %s ends the start [B1]", async (_where, more) => {
    await sh(more);
    await planted(`ln -s /var/lib/d/secret ${DEFAULT}`);
    expect(await refusal()).toContain(
      `${DEFAULT}: cannot use it for leases: ${DEFAULT} is a symbolic link that not only root can make (it is uid 65534's`,
    );
  });

  it("below a directory that is such a link ends the start [B1]", async () => {
    await planted("ln -s /var/lib/d /var/lib/anydhcpd/below");
    expect(await refusal({ leaseFile: "/var/lib/anydhcpd/below/secret" })).toContain(
      "/var/lib/anydhcpd/below is a symbolic link that not only root can make",
    );
  });

  it("that is a link of root's in a directory of the daemon's ends the start [B1]", async () => {
    await sh(`ln -s /var/lib/d/secret ${DEFAULT}`);
    expect(await refusal()).toContain(`${DEFAULT} is a symbolic link that not only root can make (it is uid 0's`);
  });

  it("that is a second name of a file of root's ends the start [B1]", async () => {
    await sh(`ln /var/lib/d/secret ${DEFAULT}`);
    const output = await refusal();
    expect(output).toContain(`${DEFAULT}: not used for leases: the file has a name elsewhere too (a hard link)`);
    expect(output).toContain("remove this name, or name another lease file with -l");
  });

  it("that was such a name, and is the only one now, stays root's [B1]", async () => {
    await sh(`echo keep >/var/lib/d/x; ln /var/lib/d/x ${DEFAULT}; chmod 600 ${DEFAULT}; rm /var/lib/d/x`);
    expect(await refusal()).toContain(`${DEFAULT}: not used for leases: it does not begin as a lease file does`);
    expect(await sh(`stat -c '%u %a' ${DEFAULT}; cat ${DEFAULT}`)).toBe("0 600\nkeep\n");
  });

  it("that is a FIFO ends the start [B1]", async () => {
    await planted(`mkfifo ${DEFAULT}`);
    expect(await refusal()).toContain(`${DEFAULT}: not used for leases: it is no plain file: move it away`);
  });

  it.each([
    ["alone in its directory", ""],
    ["beside others", "touch /var/lib/d/other"],
  ])("that is another program's file of root's, %s, ends the start [B1]", async (_where, more) => {
    await sh(more);
    expect(await refusal({ leaseFile: "/var/lib/d/secret" })).toContain(
      "/var/lib/d/secret: not used for leases: it does not begin as a lease file does, and stays as it is: " +
        "move it away, or name another lease file with -l",
    );
  });

  it.each(OTHER_FILES)("of root's that holds %s is not taken for one [B1]", async (_what, text) => {
    await sh("cat >/var/lib/d/secret", text);
    expect(await refusal({ leaseFile: "/var/lib/d/secret" })).toContain("it does not begin as a lease file does");
  });

  it.each(LEASE_FILES)("of root's that holds %s is handed on [B1]", async (_what, text) => {
    await sh("cat >/var/lib/d/secret; touch /var/lib/d/other", text);
    const standIn = await StandIn.start(server, options({ leaseFile: "/var/lib/d/secret" }));
    expect(standIn.launch.leaseFile).toBe(5);
  });

  it("that was left with a second name by a crash while it was being replaced is used [B1]", async () => {
    await sh(`cd /var/lib/d && rm secret && printf '${LEASES}' >leases && ln leases leases~`);
    const standIn = await StandIn.start(server, options({ leaseFile: "/var/lib/d/leases" }));
    expect((await standIn.do("read", "/var/lib/d/leases")).value).toBe(LEASES);
  });

  it("whose new file is a link of the daemon's user ends the start [B1]", async () => {
    await sh(`printf '${LEASES}' >/var/lib/anydhcpd/leases; chmod 600 /var/lib/anydhcpd/leases`);
    await planted("ln -s /var/lib/d/secret /var/lib/anydhcpd/leases.new");
    expect(await refusal({ leaseFile: "/var/lib/anydhcpd/leases" })).toContain(
      "/var/lib/anydhcpd/leases.new: not used for leases: it is a link",
    );
  });

  it("of the default name behind a link of root's to another directory leaves that directory root's [B1]", async () => {
    await sh("rmdir /var/lib/anydhcpd; ln -s /var/lib/d /var/lib/anydhcpd");
    const standIn = await StandIn.start(server, options({}));
    expect(standIn.launch.leaseFile).toBe(5);
    expect(await sh("cd /var/lib/d; stat -c '%n %u' . secret dhcpd.leases")).toBe(". 0\nsecret 0\ndhcpd.leases 0\n");
    expect((await standIn.do("read", "/var/lib/d/secret")).error).toBe("ENOENT");
  });
});

describe.skipIf(!isRoot)("a group that reads the leases", () => {
  it("is that of the directory where its set-gid bit is set, through every new file [D13]", async () => {
    await sh("chgrp 4711 /var/lib/anydhcpd && chmod 2750 /var/lib/anydhcpd");
    const standIn = await StandIn.start(server, options({}));
    expect((await standIn.do("write", [`${DEFAULT}.new`, LEASES])).error).toBeUndefined();
    expect((await standIn.do("rename", [`${DEFAULT}.new`, DEFAULT])).error).toBeUndefined();
    expect(await sh(`stat -c '%u %g %a' /var/lib/anydhcpd ${DEFAULT}`)).toBe("65534 4711 2750\n65534 4711 640\n");
  });
});

describe.skipIf(!isRoot)("what else the launcher opens", () => {
  it("is no configuration behind a link of the daemon's user [B1]", async () => {
    await planted("ln -s /var/lib/d/secret /var/lib/anydhcpd/dhcpd.conf");
    expect(await refusal({ args: ["-c", "/var/lib/anydhcpd/dhcpd.conf"] }, 78)).toContain(
      "/var/lib/anydhcpd/dhcpd.conf is a symbolic link that not only root can make",
    );
  });

  it("is no control socket below a link of the daemon's user [B1]", async () => {
    await planted("ln -s /var/lib/d /var/lib/anydhcpd/run");
    expect(await refusal({ controlSocket: "/var/lib/anydhcpd/run/control" })).toContain(
      "/var/lib/anydhcpd/run is a symbolic link that not only root can make",
    );
  });

  it("is a control socket in a directory of the daemon's, where it can be connected to [B1]", async () => {
    await StandIn.start(server, options({ controlSocket: "/var/lib/anydhcpd/control" }));
    const ask = "import socket; socket.socket(socket.AF_UNIX).connect('/var/lib/anydhcpd/control')";
    await server.exec(["python3", "-c", ask]);
  });
});

describe.skipIf(!isRoot)("the directory of a hosts file", () => {
  const configuration = (file: string) => `printf '%s' 'hosts-file "${file}";' >/var/lib/conf`;
  const args = ["-c", "/var/lib/conf"];
  const what = "stat -c '%u %g %a'";

  it("is made for the daemon where it is not there, and taken over from a daemon with another user", async () => {
    await sh(configuration("/var/lib/names/hosts"));
    await StandIn.start(server, options({ args }));
    expect(await sh(`${what} /var/lib/names`)).toBe("65534 65534 755\n");
    // A file that the former daemon has not finished is in nobody's way.
    await sh("cd /var/lib/names && touch hosts && install -m 600 /dev/null .hosts.new && chown -R 4711:4711 .");
    const second = await StandIn.start(server, options({ args, controlSocket: join(network.directory, "second") }));
    expect(await sh(`${what} /var/lib/names`)).toBe("65534 65534 755\n");
    expect((await second.do("write", ["/var/lib/names/.hosts.new", "x"])).error).toBeUndefined();
  });

  it.each([
    ["everybody's", "1777", "0:0"],
    ["the daemon's group's", "2775", "0:65534"],
    ["the daemon's", "700", "65534:65534"],
  ])("stays as it is where it is %s", async (_whose, mode, owner) => {
    await sh(
      `${configuration("/var/lib/e/hosts")}; mkdir /var/lib/e; chown ${owner} /var/lib/e; chmod ${mode} /var/lib/e`,
    );
    await StandIn.start(server, options({ args }));
    expect(await sh(`${what} /var/lib/e`)).toBe(`${owner.replace(":", " ")} ${mode}\n`);
  });

  it.each([
    ["root's", "755", "0:0", ""],
    ["another group's", "2775", "0:4711", ""],
    ["another user's, with other files in it", "755", "4711:4711", "touch /var/lib/e/other"],
  ])(
    "is given to nobody, which the daemon is told as its statement's trouble, where it is %s",
    async (_whose, mode, owner, more) => {
      await sh(
        `${configuration("/var/lib/e/hosts")}; mkdir /var/lib/e; chown ${owner} /var/lib/e; chmod ${mode} /var/lib/e; ${more}`,
      );
      const standIn = await StandIn.start(server, options({ args }));
      const text = "uid 65534 may not write in /var/lib/e: name a file in a directory that";
      expect(standIn.launch.troubles).toEqual([{ statement: "hosts-file", text: expect.stringContaining(text) }]);
      expect((await standIn.do("write", ["/var/lib/e/hosts", "x"])).error).toBeDefined();
      expect(await sh(`${what} /var/lib/e`)).toBe(`${owner.replace(":", " ")} ${mode}\n`);
    },
  );
});
