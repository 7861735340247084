// In the daemon's place behind the launcher: does what lines of JSON on standard input tell it,
// ["command", argument], and reports on standard output. Passes octets to the helper and tries the
// file system, as a daemon that was taken over would. Descriptors that come back are kept open.

import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const say = (what) => writeSync(1, `${JSON.stringify(what)}\n`);
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("ANYDHCPD_")));

const addon = createRequire(import.meta.url)(process.env.STAND_IN_ADDON);
let helper;
const [, helperFd] = /^helper (\d+)$/m.exec(environment.ANYDHCPD_LAUNCH) ?? [];
if (helperFd !== undefined) {
  helper = new addon.SeqpacketSocket(
    Number(helperFd),
    (bytes, fd) => say({ message: Buffer.from(bytes).toString("hex"), fd }),
    (errno) => say({ end: errno }),
  );
}

const commands = {
  send: (hex) => helper.send(Buffer.from(hex, "hex"), hex.length / 2),
  closeHelper: () => helper.close(),
  read: (path) => readFileSync(path, "latin1"),
  list: (path) => readdirSync(path),
  write: ([path, text]) => writeFileSync(path, text),
  append: ([fd, text]) => appendFileSync(fd, text),
  rename: ([from, to]) => renameSync(from, to),
  notify: ([path, text]) => addon.notifyUnix(path, text),
  serveControl: (fd) => void createServer((socket) => socket.end("served\n")).listen({ fd }),
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [name, argument] = JSON.parse(line);
  try {
    say({ did: name, value: commands[name](argument) ?? null });
  } catch (error) {
    say({ did: name, error: error.code ?? String(error) });
  }
});
lines.on("close", () => process.exit(0));
say({ ready: process.pid, environment, uid: process.getuid(), gid: process.getgid(), cwd: process.cwd() });
