// In the daemon's place: does what lines of JSON on standard input tell it, and reports on standard
// output. {"send": hex} passes octets to the helper, {"stat": path}, {"read": path}, {"write": path, "text": ...},
// {"rename": [from, to]}, {"append": fd, "text": ...} try the file system. Descriptors that come back are kept open.

import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const say = (what) => writeSync(1, `${JSON.stringify(what)}\n`);
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("ANYDHCPD_")));

const sockets = [];
let helper;
if (process.env.ANYDHCPD_HELPER_FD !== undefined) {
  const addon = createRequire(import.meta.url)(process.env.STAND_IN_ADDON);
  helper = new addon.SeqpacketSocket(
    Number(process.env.ANYDHCPD_HELPER_FD),
    (bytes, fd) => {
      if (fd >= 0) sockets.push(fd);
      say({ message: Buffer.from(bytes).toString("hex"), fd });
    },
    (errno) => say({ end: errno }),
  );
}

const commands = {
  send: (hex) => helper.send(Buffer.from(hex, "hex"), hex.length / 2),
  read: (path) => readFileSync(path, "latin1"),
  list: (path) => readdirSync(path),
  write: ([path, text]) => writeFileSync(path, text),
  append: ([fd, text]) => appendFileSync(fd, text),
  rename: ([from, to]) => renameSync(from, to),
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
say({ ready: process.pid, environment, uid: process.getuid(), cwd: process.cwd(), args: process.argv.slice(2) });
