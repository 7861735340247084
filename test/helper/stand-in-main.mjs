// In the daemon's place behind the launcher: does what lines of JSON on standard input tell it,
// ["command", argument], and reports on standard output. Passes octets to the helper and tries the
// file system, as a daemon that was taken over would. Descriptors that come back are kept open.

import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { constants } from "node:os";
import { createInterface } from "node:readline";

const say = (what) => writeSync(1, `${JSON.stringify(what)}\n`);
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("ANYDHCPD_")));

const addon = createRequire(import.meta.url)(process.env.STAND_IN_ADDON);
let helper;
let places;
let udp;
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
  // Before what it does is tried from everywhere; `raw` is raw-calls.c as an addon.
  prepare: async (raw) => {
    places = await (await import("./attempts.mjs")).prepare(raw);
  },
  enterSandbox: (mayConnect) => addon.enterSandbox(mayConnect),
  attempt: ([place, ...attempt]) => places[place](attempt),
  // Sends a datagram by a UDP socket of the helper's; the name of the errno.
  sendFrom: ([fd, source, destination]) => {
    const { ReplyColumn, sizes } = addon.columns;
    const columns = new Uint32Array(sizes.reply);
    const row = { length: 4, source, destination, port: 68 };
    for (const [name, value] of Object.entries(row)) columns[ReplyColumn[name]] = value;
    udp ??= new addon.UdpSocket(
      fd,
      new Uint8Array(2048),
      2048,
      new Uint32Array(sizes.receive),
      () => {},
      () => {},
    );
    udp.send(new Uint8Array(4), columns, 0, 1);
    const result = columns[ReplyColumn.result];
    return Object.entries(constants.errno).find(([, number]) => number === result)?.[0] ?? "done";
  },
  serveControl: (fd) => void createServer((socket) => socket.end("served\n")).listen({ fd }),
};

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const [name, argument] = JSON.parse(line);
  try {
    say({ did: name, value: (await commands[name](argument)) ?? null });
  } catch (error) {
    say({ did: name, error: error.code ?? String(error) });
  }
});
lines.on("close", () => process.exit(0));
say({ ready: process.pid, environment, uid: process.getuid(), gid: process.getgid(), cwd: process.cwd() });
