// EchoSocket in a network namespace, whose kernel answers the requests: raw and datagram ICMP.

import { constants } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { EchoSocket } from "../../src/native/echo-socket.ts";
import { withDeadline } from "../support/deadline.ts";
import { mayUnshare, Peer } from "../support/peer.ts";

const LOOPBACK = 0x7f000001;
const SECOND = 0x7f000002;

describe.skipIf(!mayUnshare)("EchoSocket", () => {
  let peer: Peer;
  const sockets: EchoSocket[] = [];
  beforeAll(async () => {
    peer = await Peer.start({ namespaces: true });
    await peer.run(`
sh('echo 0 0 > /proc/sys/net/ipv4/ping_group_range')
def icmp(kind): return socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
raw = icmp(socket.SOCK_RAW)
def reply(identifier, sequence, kind=0, code=0, error=0, payload=b'xyz'):
    body = struct.pack('!BBHHH', kind, code, 0, identifier, sequence) + payload
    checksum = internet_checksum(body) ^ error
    raw.sendto(body[:2] + struct.pack('!H', checksum) + body[4:], ('127.0.0.1', 0))
`);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });
  afterAll(() => peer.close());

  async function open(code: string) {
    const fd = await peer.take(code);
    const replies: number[][] = [];
    let wake = () => {};
    const socket = new EchoSocket(fd, (...reply) => {
      replies.push(reply);
      wake();
    });
    sockets.push(socket);
    const arrived = (count: number) =>
      withDeadline(
        (async () => {
          while (replies.length < count) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          return replies;
        })(),
        `${count} echo replies`,
      );
    return { socket, arrived };
  }

  it("hears the reply to its request on a raw socket: source, identifier, sequence", async () => {
    const { socket, arrived } = await open("give(icmp(socket.SOCK_RAW))");
    expect(socket.send(LOOPBACK, 0, 0, 0xbeef, 0xfffe)).toBe(0);
    expect(socket.send(SECOND, LOOPBACK, 0, 1, 2)).toBe(0);
    expect(await arrived(2)).toEqual([
      [LOOPBACK, 0xbeef, 0xfffe],
      [SECOND, 1, 2],
    ]);
  });

  it("hears it on a datagram socket too, where the kernel chooses the identifier", async () => {
    const { socket, arrived } = await open("give(icmp(socket.SOCK_DGRAM))");
    expect(socket.send(SECOND, 0, 0, 0xbeef, 7)).toBe(0);
    expect((await arrived(1)).map(([source, , sequence]) => [source, sequence])).toEqual([[SECOND, 7]]);
  });

  it("hears only echo replies that are whole and have a right checksum", async () => {
    const { arrived } = await open("give(icmp(socket.SOCK_RAW))");
    await peer.run(`
reply(1, 1, error=1)
reply(1, 2, kind=8)
reply(1, 3, kind=3, code=3)
reply(1, 4, code=1)
reply(1, 5, payload=b'x' * 1000)
raw.sendto(b'\\0\\0\\xff', ('127.0.0.1', 0))
reply(2, 1, payload=b'')
reply(2, 2, payload=b'odd')
`);
    // Number 2 is a request that the kernel itself answers.
    expect(await arrived(3)).toEqual([
      [LOOPBACK, 1, 2],
      [LOOPBACK, 2, 1],
      [LOOPBACK, 2, 2],
    ]);
  });

  it("takes bursts beyond one batch", async () => {
    const { arrived } = await open("give(icmp(socket.SOCK_RAW))");
    await peer.run("for i in range(100): reply(9, i)");
    expect((await arrived(100)).map(([, , sequence]) => sequence)).toEqual([...Array(100).keys()]);
  });

  it("says by errno why a request cannot leave, and goes on", async () => {
    const { socket, arrived } = await open("give(icmp(socket.SOCK_RAW))");
    expect(socket.send(0x0a090909, 0, 0, 1, 1)).toBe(constants.errno.ENETUNREACH);
    expect(socket.send(LOOPBACK, 0, 0x7ffffff0, 1, 1)).toBe(constants.errno.ENODEV);
    expect(socket.send(LOOPBACK, 0, 0, 1, 2)).toBe(0);
    expect(await arrived(1)).toEqual([[LOOPBACK, 1, 2]]);
  });

  it("may be closed inside its callback", async () => {
    const fd = await peer.take("give(icmp(socket.SOCK_RAW))");
    let calls = 0;
    await withDeadline(
      new Promise<void>((resolve) => {
        const socket = new EchoSocket(fd, () => {
          calls++;
          socket.close();
          setTimeout(resolve, 0);
        });
        for (let sequence = 0; sequence < 5; sequence++) socket.send(LOOPBACK, 0, 0, 1, sequence);
      }),
      "a reply",
    );
    expect(calls).toBe(1);
  });

  it("answers EBADF once closed and refuses numbers out of range", async () => {
    const { socket } = await open("give(icmp(socket.SOCK_RAW))");
    expect(() => socket.send(LOOPBACK, 0, 0, 0x10000, 0)).toThrow(TypeError);
    expect(() => socket.send(-1, 0, 0, 0, 0)).toThrow(TypeError);
    socket.close();
    expect(socket.send(LOOPBACK, 0, 0, 1, 1)).toBe(constants.errno.EBADF);
  });
});
