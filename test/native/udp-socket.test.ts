// UdpSocket on loopback: batches, columns, errors of single datagrams, its life.

import { constants } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { prefilterProgram } from "../../src/backend/filter/filter.ts";
import { SHED_WHOLE } from "../../src/base/limits/overload.ts";
import type { SystemError } from "../../src/native/addon.ts";
import { REPLY_COLUMNS } from "../../src/native/columns.ts";
import { ReceiveRows, ReplyRows } from "../../src/native/rows.ts";
import { UdpSocket } from "../../src/native/udp-socket.ts";
import { DatagramBox } from "../support/datagrams.ts";
import { withDeadline } from "../support/deadline.ts";
import { buildMessage } from "../support/message-builder.ts";
import { Peer } from "../support/peer.ts";

const { EBADF, EINVAL, ENODEV } = constants.errno;
const LOOPBACK = 0x7f000001;
const NOBODY = 0xf0000001;

let peer: Peer;
const boxes: DatagramBox[] = [];

beforeAll(async () => {
  peer = await Peer.start({ namespaces: false });
});
afterEach(() => {
  for (const box of boxes.splice(0)) box.socket.close();
});
afterAll(() => peer.close());

/** A bound socket of the addon, `port` its own; the peer's end is `other` with port `otherPort`. */
async function open(options: { slots?: number; slotOctets?: number; before?: string } = {}) {
  const fd = await peer.take(`
ours, other = udp(), udp()
here = ours.getsockname()
${options.before ?? ""}
give(ours)
`);
  const [port, otherPort] = (await peer.run("result = [here[1], other.getsockname()[1]]")) as [number, number];
  const box = new DatagramBox(fd, options);
  boxes.push(box);
  return { box, port, otherPort };
}

describe("UdpSocket, receiving", () => {
  it("says of a datagram how long it is, where it came from, where it went and on which interface", async () => {
    const { box, otherPort } = await open();
    await peer.run("other.sendto(b'hello', here)");
    const [datagram] = await box.datagrams(1);
    expect(datagram).toEqual({
      payload: "hello",
      flags: 0,
      ifindex: 1,
      destination: LOOPBACK,
      source: LOOPBACK,
      sourcePort: otherPort,
      lost: 0,
    });
  });

  it("takes as many datagrams as the arena has slots by one call, in order", async () => {
    const { box } = await open({ slots: 64, before: "for i in range(100): other.sendto(b'%d' % i, here)" });
    const datagrams = await box.datagrams(100);
    expect(box.batches).toEqual([64, 36]);
    expect(datagrams.map((datagram) => datagram.payload)).toEqual([...Array(100).keys()].map(String));
  });

  it("gives every batch fresh sizes for names and control data", async () => {
    // IP_PKTINFO as a careful opener sets it: before the first datagram can come in.
    const { box, otherPort } = await open({
      slots: 2,
      before: "ours.setsockopt(0, 8, 1)\nfor i in range(9): other.sendto(b'x', here)",
    });
    const datagrams = await box.datagrams(9);
    for (const datagram of datagrams) expect(datagram).toMatchObject({ flags: 0, ifindex: 1, sourcePort: otherPort });
  });

  it("says interface 0 of a datagram that came in before anybody had asked for interfaces", async () => {
    const { box } = await open({ before: "other.sendto(b'early', here)" });
    expect((await box.datagrams(1))[0]).toMatchObject({ ifindex: 0, destination: LOOPBACK });
  });

  it("flags a datagram that is longer than its slot and leaves the next slot alone", async () => {
    const { box } = await open({
      slots: 2,
      slotOctets: 16,
      before: "other.sendto(b'0123456789abcdefXYZ', here); other.sendto(b'next', here)",
    });
    const datagrams = await box.datagrams(2);
    expect(datagrams.map(({ payload, flags }) => [payload, flags])).toEqual([
      ["0123456789abcdef", 1],
      ["next", 0],
    ]);
  });

  it("delivers an empty datagram", async () => {
    const { box } = await open();
    await peer.run("other.sendto(b'', here)");
    expect((await box.datagrams(1))[0]?.payload).toBe("");
  });

  it("counts what the full buffer lost, in the next datagram and in the statistics", async () => {
    const { box } = await open({ before: "for i in range(2000): other.sendto(b'x' * 1000, here)" });
    await box.until(() => box.socket.statistics().receiveQueue === 0, "an empty queue");
    const before = box.received.length;
    expect(before).toBeLessThan(2000);
    await peer.run("other.sendto(b'after', here)");
    const last = (await box.datagrams(before + 1)).at(-1);
    expect(last).toMatchObject({ payload: "after", lost: 2000 - before });
    expect(box.socket.statistics().lost).toBe(2000 - before);
    expect(box.socket.statistics().receiveBuffer).toBeGreaterThan(0);
  });
});

describe("UdpSocket, filters", () => {
  // struct sock_filter: code u16, jt u8, jf u8, k u32
  const instruction = (code: number, jt: number, jf: number, k: number) => {
    const octets = Buffer.alloc(8);
    octets.writeUInt16LE(code, 0);
    octets.writeUInt8(jt, 2);
    octets.writeUInt8(jf, 3);
    octets.writeUInt32LE(k, 4);
    return octets;
  };
  // Accepts datagrams whose first payload octet (behind the UDP header) is "y".
  const program = Buffer.concat([
    instruction(0x30, 0, 0, 8),
    instruction(0x15, 0, 1, 0x79),
    instruction(0x06, 0, 0, 0x40000),
    instruction(0x06, 0, 0, 0),
  ]);

  it("lets only what the program accepts through, and locks the program", async () => {
    const { box } = await open();
    box.socket.attachFilter(program, true);
    await peer.run("other.sendto(b'no', here); other.sendto(b'yes', here)");
    expect((await box.datagrams(1)).map((datagram) => datagram.payload)).toEqual(["yes"]);
    const refused: Partial<SystemError> = { code: "EPERM", errno: constants.errno.EPERM };
    expect(() => box.socket.attachFilter(program, true)).toThrow(expect.objectContaining(refused));
  });

  it("takes another program in the place of one that is not locked, and asks the kernel for chance", async () => {
    const { box } = await open();
    box.socket.attachFilter(prefilterProgram(SHED_WHOLE / 64), false);
    const octets = (type: number): string => Buffer.from(buildMessage({ type })).toString("hex");
    await peer.run(`
for i in range(640):
    other.sendto(bytes.fromhex('${octets(1)}'), here)
    if i % 10 == 0: other.sendto(bytes.fromhex('${octets(3)}'), here)
`);
    const types = (from: number): number[] => box.received.slice(from).map(({ payload }) => payload.charCodeAt(242));
    await box.until(() => types(0).filter((type) => type === 3).length === 64, "every REQUEST");
    // Ten on average; two hundred are as good as impossible.
    expect(types(0).filter((type) => type === 1).length).toBeLessThan(200);

    const before = box.received.length;
    box.socket.attachFilter(prefilterProgram(), false);
    await peer.run(`for i in range(20): other.sendto(bytes.fromhex('${octets(1)}'), here)`);
    await box.datagrams(before + 20);
    expect(types(before)).toEqual(new Array(20).fill(1));
  });

  it("refuses a program of no or half an instruction", async () => {
    const { box } = await open();
    expect(() => box.socket.attachFilter(new Uint8Array(0), true)).toThrow(TypeError);
    expect(() => box.socket.attachFilter(new Uint8Array(12), true)).toThrow(TypeError);
  });
});

describe("UdpSocket, sending", () => {
  it("sends rows of a batch beyond one system call's worth", async () => {
    const { box, otherPort } = await open();
    const rows = Array.from({ length: 150 }, () => ({ destination: LOOPBACK, port: otherPort }));
    const { taken, results } = box.send("reply", rows);
    expect(taken).toBe(150);
    expect(results.every((result) => result === 0)).toBe(true);
    expect(await peer.run("result = [other.recv(99).decode() for _ in range(150)].count('reply')")).toBe(150);
  });

  it("sends only the rows asked for", async () => {
    const { box, otherPort } = await open();
    const rows = new ReplyRows(3);
    for (let row = 0; row < 3; row++) rows.columns.set([row, 1, LOOPBACK, otherPort], row * REPLY_COLUMNS);
    expect(box.socket.send(Buffer.from("abc"), rows, 1, 1)).toBe(1);
    expect(await peer.run("result = other.recv(99).decode()")).toBe("b");
    expect(await peer.run("result = select.select([other], [], [], 0)[0]")).toEqual([]);
  });

  it("records the errno of a row that fails and sends the rows around it", async () => {
    const { box, otherPort } = await open();
    const good = { destination: LOOPBACK, port: otherPort };
    const { taken, results } = box.send("row", [
      good,
      { ...good, ifindex: 0x7ffffff0 },
      { ...good, source: NOBODY },
      good,
      { ...good, offset: 4 },
      { ...good, offset: 1 },
      { ...good, flags: 2 },
      { ...good, flags: 2, ifindex: 0x7ffffff0 },
      good,
    ]);
    expect(results[1]).toBe(ENODEV);
    expect(results[2]).not.toBe(0);
    expect(results.filter((_result, row) => ![1, 2].includes(row))).toEqual([0, 0, EINVAL, EINVAL, 0, ENODEV, 0]);
    expect(taken).toBe(4);
    expect(await peer.run("result = [other.recv(99).decode() for _ in range(4)]")).toEqual(Array(4).fill("row"));
  });

  it("is not stopped by another peer's port unreachable", async () => {
    // A connected socket, because only such a one is told of ICMP errors.
    const { box } = await open({ before: "other.close(); other = udp(); ours.connect(other.getsockname())" });
    const target = (await peer.run("there = other.getsockname(); other.close(); result = there[1]")) as number;
    const row = { destination: LOOPBACK, port: target };
    for (let i = 0; i < 5; i++) expect(box.send("to nobody", [row, row, row]).results).toEqual([0, 0, 0]);
    await peer.run("other = udp(port=there[1]); other.sendto(b'back', here)");
    expect((await box.datagrams(1))[0]?.payload).toBe("back");
    expect(box.errors).toEqual([]);
  });

  it("empties the error queue, so that it cannot keep the loop spinning", async () => {
    const { box } = await open();
    // Through its own copy of the descriptor the peer switches on what opening had switched off.
    const target = (await peer.run(`
ours.setsockopt(socket.IPPROTO_IP, 11, 1)
gone = udp(); result = gone.getsockname()[1]; gone.close()
`)) as number;
    box.send("to nobody", [{ destination: LOOPBACK, port: target }]);
    await peer.run("other.sendto(b'still here', here)");
    expect((await box.datagrams(1))[0]?.payload).toBe("still here");
    const queued = await peer.run(`
ours.setblocking(False)
try:
    ours.recvmsg(99, 99, socket.MSG_ERRQUEUE); result = 'an entry'
except BlockingIOError:
    result = 'empty'
`);
    expect(queued).toBe("empty");
    expect(box.errors).toEqual([]);
  });

  it("answers EBADF for every row once closed", async () => {
    const { box } = await open();
    box.socket.close();
    box.socket.close();
    expect(box.send("x", [{ destination: LOOPBACK, port: 9 }, { flags: 2 }])).toEqual({
      taken: 0,
      results: [EBADF, EBADF],
    });
    expect(box.socket.statistics()).toEqual({ receiveBuffer: 0, receiveQueue: 0, lost: 0 });
  });
});

describe("UdpSocket, its life", () => {
  it("may be closed inside its callback, with datagrams still waiting", async () => {
    const fd = await peer.take(`
ours, other = udp(), udp()
for i in range(10): other.sendto(b'x', ours.getsockname())
give(ours); ours.close()
`);
    let calls = 0;
    await withDeadline(
      new Promise<void>((resolve) => {
        const socket = new UdpSocket(
          fd,
          new Uint8Array(64),
          64,
          new ReceiveRows(1),
          () => {
            calls++;
            socket.close();
            setTimeout(resolve, 0);
          },
          () => undefined,
        );
      }),
      "a batch",
    );
    expect(calls).toBe(1);
  });

  it("gives up rather than write into memory that has been transferred away", async () => {
    const fd = await peer.take("ours, other = udp(), udp(); here = ours.getsockname(); give(ours); ours.close()");
    const arena = new Uint8Array(64);
    const calls: string[] = [];
    const failed = new Promise<void>((resolve) => {
      const socket = new UdpSocket(
        fd,
        arena,
        64,
        new ReceiveRows(1),
        () => calls.push("readable"),
        (errno) => {
          calls.push(`error ${errno}`);
          socket.close();
          resolve();
        },
      );
    });
    structuredClone(arena.buffer, { transfer: [arena.buffer] });
    await peer.run("other.sendto(b'x', here)");
    await withDeadline(failed, "an error");
    expect(calls).toEqual([`error ${constants.errno.EFAULT}`]);
  });

  it("refuses wrong arguments without touching the descriptor", async () => {
    const fd = await peer.take("give(udp())");
    const nothing = () => undefined;
    const arena = new Uint8Array(64);
    const received = new ReceiveRows(1);
    expect(() => new UdpSocket(-1, arena, 64, received, nothing, nothing)).toThrow(TypeError);
    expect(() => new UdpSocket(fd, arena, 65, received, nothing, nothing)).toThrow(TypeError);
    expect(() => new UdpSocket(fd, arena, 0, received, nothing, nothing)).toThrow(TypeError);
    expect(() => new UdpSocket(fd, arena, 32, received, nothing, nothing)).toThrow(TypeError);
    const socket = new UdpSocket(fd, arena, 64, received, nothing, nothing);
    expect(() => socket.send(arena, new ReplyRows(1), 0, 2)).toThrow(TypeError);
    socket.close();
  });

  it("says by its code why a descriptor is no use", () => {
    const make = () => new DatagramBox(0x7ffffff0);
    expect(make).toThrow(expect.objectContaining({ errno: EBADF, code: "EBADF" }));
  });

  it("moves 100,000 datagrams without growing", async () => {
    const fd = await peer.take("ours = udp(); here = ours.getsockname(); give(ours); ours.close()");
    const port = (await peer.run("result = here[1]")) as number;
    const octets = new Uint8Array(300);
    const rows = new ReplyRows(64);
    for (let row = 0; row < 64; row++) rows.columns.set([0, 300, LOOPBACK, port], row * REPLY_COLUMNS);
    let total = 0;
    let goal = 10_000;
    let reached = () => {};
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        goal = count;
        reached = resolve;
        socket.send(octets, rows, 0, 64);
      });
    const socket = new UdpSocket(
      fd,
      new Uint8Array(64 * 512),
      512,
      new ReceiveRows(64),
      (count) => {
        total += count;
        if (total >= goal) reached();
        else if (total % 64 === 0) socket.send(octets, rows, 0, 64);
      },
      () => undefined,
    );
    await withDeadline(until(10_000), "10,000 datagrams");
    const before = process.memoryUsage().rss;
    await withDeadline(until(110_000), "100,000 datagrams more");
    expect(process.memoryUsage().rss - before).toBeLessThan(16 << 20);
    socket.close();
  });
});
