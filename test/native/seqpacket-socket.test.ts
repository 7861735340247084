// SeqpacketSocket against a peer in another process: messages, descriptors, and every way to end.
// notifyUnix, which sends to such a peer too.

import { closeSync, readFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SeqpacketSocket } from "../../src/native/seqpacket-socket.ts";
import { notifyUnix } from "../../src/native/system-calls.ts";
import { withDeadline } from "../support/deadline.ts";
import { Peer } from "../support/peer.ts";

const { EAGAIN, ECONNREFUSED, ECONNRESET, EMSGSIZE, ENAMETOOLONG, ENOENT, EPIPE } = constants.errno;

let peer: Peer;
const sockets: SeqpacketSocket[] = [];
beforeAll(async () => {
  peer = await Peer.start({ namespaces: false });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(() => peer.close());

/** Our end of a new pair (the peer's is `far`), and all that has happened to it. */
async function open(before = "") {
  const fd = await peer.take(`
far, near = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
far.settimeout(5)
${before}
give(near); near.close()
`);
  const messages: { text: string; fd: number }[] = [];
  const ends: number[] = [];
  let wake = () => {};
  const socket = new SeqpacketSocket(
    fd,
    (bytes, received) => {
      messages.push({ text: Buffer.from(bytes).toString("latin1"), fd: received });
      wake();
    },
    (errno) => {
      ends.push(errno);
      wake();
    },
  );
  sockets.push(socket);
  const until = (condition: () => boolean, what: string) =>
    withDeadline(
      (async () => {
        while (!condition()) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      })(),
      what,
    );
  return { socket, messages, ends, until };
}

describe("SeqpacketSocket", () => {
  it("hands on what has come before receive returns, and the end", async () => {
    const { socket, messages, ends } = await open("far.send(b'one'); far.send(b'two')");
    expect(socket.receive(1_000_000)).toBe(true);
    expect(messages.map(({ text }) => text)).toEqual(["one", "two"]);
    expect(socket.receive(0)).toBe(false);
    expect(socket.receive(1)).toBe(false);
    expect(ends).toEqual([]);
    const ended = await open("far.send(b'last'); far.close()");
    expect(ended.socket.receive(1_000_000)).toBe(true);
    expect(ended.messages.map(({ text }) => text)).toEqual(["last"]);
    expect(ended.ends).toEqual([0]);
    expect(ended.socket.receive(1_000_000)).toBe(false);
  });

  it("keeps the bounds of messages both ways", async () => {
    const { socket, messages, until } = await open("far.send(b'one'); far.send(b'two')");
    await until(() => messages.length === 2, "two messages");
    expect(messages).toEqual([
      { text: "one", fd: -1 },
      { text: "two", fd: -1 },
    ]);
    expect(socket.send(Buffer.from("three and more"), 5)).toBe(0);
    expect(socket.send(Buffer.from("four"), 4)).toBe(0);
    expect(await peer.run("result = [far.recv(99).decode(), far.recv(99).decode()]")).toEqual(["three", "four"]);
  });

  it("delivers more messages than one turn of the loop takes", async () => {
    const { messages, until } = await open("for i in range(8): far.send(b'%d' % i)");
    await peer.run("for i in range(8, 300): far.send(b'%d' % i)");
    await until(() => messages.length === 300, "300 messages");
    expect(messages.map((message) => Number(message.text))).toEqual([...Array(300).keys()]);
  });

  it("hands over a descriptor, closed on exec", async () => {
    const { messages, until } = await open();
    await peer.run(`
reading, writing = os.pipe()
socket.send_fds(far, [b'pipe'], [writing]); os.close(writing)
`);
    await until(() => messages.length === 1, "a message");
    const fd = messages[0]?.fd ?? -1;
    expect(messages[0]?.text).toBe("pipe");
    const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "";
    expect(Number.parseInt(flags, 8) & 0o2000000).toBe(0o2000000);
    writeSync(fd, "through it");
    closeSync(fd);
    expect(await peer.run("result = os.read(reading, 99).decode()")).toBe("through it");
  });

  it("keeps one descriptor of a message and closes the others", async () => {
    const { messages, until } = await open();
    await peer.run(`
pipes = [os.pipe() for _ in range(5)]
socket.send_fds(far, [b'five'], [writing for _, writing in pipes])
for _, writing in pipes: os.close(writing)
`);
    await until(() => messages.length === 1, "a message");
    // A pipe reads as ended once nobody can write to it.
    const ended = "result = [bool(select.select([reading], [], [], 0)[0]) for reading, _ in pipes]";
    expect(await peer.run(ended)).toEqual([false, true, true, true, true]);
    closeSync(messages[0]?.fd ?? -1);
    expect(await peer.run(ended)).toEqual([true, true, true, true, true]);
  });

  it("ends with 0 when the peer closes, after the messages that came before", async () => {
    const { socket, messages, ends, until } = await open("far.send(b'last words')");
    await peer.run("far.close()");
    await until(() => ends.length === 1, "the end");
    expect(messages.map((message) => message.text)).toEqual(["last words"]);
    expect(ends).toEqual([0]);
    expect(socket.send(new Uint8Array(1), 1)).toBe(EPIPE);
  });

  it("ends with ECONNRESET when the peer goes without having read, after the messages that came before", async () => {
    const { socket, messages, ends, until } = await open();
    expect(socket.send(Buffer.from("never read"), 10)).toBe(0);
    await peer.run("far.send(b'last words'); far.close()");
    await until(() => ends.length === 1, "the end");
    expect(messages.map((message) => message.text)).toEqual(["last words"]);
    expect(ends).toEqual([ECONNRESET]);
  });

  it("ends with EMSGSIZE on a message too long to be ours", async () => {
    const { messages, ends, until } = await open("far.send(b'x' * 16384); far.send(b'x' * 16385); far.send(b'after')");
    await until(() => ends.length === 1, "the end");
    expect(messages.map((message) => message.text.length)).toEqual([16384]);
    expect(ends).toEqual([EMSGSIZE]);
  });

  it("says EAGAIN when the peer does not read, and goes on when it does", async () => {
    const { socket } = await open();
    const message = new Uint8Array(1000);
    let sent = 0;
    let error = 0;
    while (sent < 10_000 && error === 0) {
      error = socket.send(message, message.length);
      if (error === 0) sent++;
    }
    expect(error).toBe(EAGAIN);
    await peer.run(`for _ in range(${sent}): far.recv(1000)`);
    expect(socket.send(message, message.length)).toBe(0);
  });

  it("may be closed inside onMessage, and is silent then", async () => {
    const fd = await peer.take(`
far, near = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
for i in range(5): far.send(b'x')
give(near); near.close(); far.close()
`);
    const calls: string[] = [];
    await withDeadline(
      new Promise<void>((resolve) => {
        const socket = new SeqpacketSocket(
          fd,
          () => {
            calls.push("message");
            socket.close();
            setTimeout(resolve, 0);
          },
          () => calls.push("end"),
        );
      }),
      "a message",
    );
    expect(calls).toEqual(["message"]);
  });

  it("refuses to send more than its buffer has", async () => {
    const { socket } = await open();
    expect(() => socket.send(new Uint8Array(3), 4)).toThrow(TypeError);
  });
});

describe("notifyUnix", () => {
  it("sends one datagram to a path or an abstract name", async () => {
    const path = (await peer.run(`
import tempfile
folder = tempfile.mkdtemp()
named, abstract = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
named.bind(folder + '/notify'); abstract.bind('\\0anydhcpd-test-%d' % os.getpid())
result = folder + '/notify'
`)) as string;
    const pid = await peer.run("result = os.getpid()");
    expect(notifyUnix(path, "READY=1\nSTATUS=serving")).toBe(0);
    expect(notifyUnix(`@anydhcpd-test-${pid}`, "READY=1")).toBe(0);
    expect(await peer.run("result = [named.recv(99).decode(), abstract.recv(99).decode()]")).toEqual([
      "READY=1\nSTATUS=serving",
      "READY=1",
    ]);
    await peer.run("named.close(); os.unlink(folder + '/notify'); os.rmdir(folder)");
  });

  it("says by errno why nobody can be told", () => {
    expect(notifyUnix("/nowhere/at/all", "READY=1")).toBe(ENOENT);
    expect(notifyUnix("@nobody-listens-here", "READY=1")).toBe(ECONNREFUSED);
    expect(notifyUnix("/".padEnd(200, "x"), "READY=1")).toBe(ENAMETOOLONG);
    expect(notifyUnix("", "READY=1")).toBe(constants.errno.EINVAL);
  });
});
